"""Pages about cases. Names are used by templates of every app: `cases:case`, `cases:worklist` …"""

from django.urls import URLPattern, path

from cases.views import (
    breaches,
    calls,
    case,
    compliance,
    conditions,
    development,
    dialling,
    hooks,
    letters,
    messages,
    outbox,
    plan,
    reveal,
    timeline,
    unsubscribe,
    worklist,
)

app_name = "cases"
urlpatterns: list[URLPattern] = [
    path("cases/", worklist.worklist, name="worklist"),
    path("cases/<int:pk>/", case.case_page, name="case"),
    path("cases/<int:pk>/next/", worklist.next_case, name="next_case"),
    path("cases/<int:pk>/take/", worklist.take_case, name="take_case"),
    path("cases/<int:pk>/move/<slug:name>/", case.case_move, name="case_move"),
    path("cases/<int:pk>/timeline/", timeline.timeline, name="timeline"),
    path("cases/<int:pk>/call/", calls.log_call, name="log_call"),
    path("cases/<int:pk>/dial/<int:point_pk>/", dialling.dial_point, name="dial"),
    path("cases/<int:pk>/conditions/", conditions.add_conditions, name="add_conditions"),
    path("cases/<int:pk>/conditions/<int:condition_pk>/end/", conditions.end, name="end_condition"),
    path("contact-times/", conditions.times, name="times"),
    path("cases/<int:pk>/message/", messages.compose, name="compose"),
    path("cases/<int:pk>/reveal/<int:point_pk>/", reveal.reveal, name="reveal"),
    path("cases/<int:pk>/reveal-id/", reveal.reveal_id, name="reveal_id"),
    path("cases/<int:pk>/steps/<int:step_pk>/done/", plan.step_done, name="step_done"),
    path("cases/<int:pk>/steps/<int:step_pk>/skip/", plan.step_skip, name="step_skip"),
    path("cases/<int:pk>/demand-letter/", plan.issue_letter, name="issue_letter"),
    path("cases/<int:pk>/demand-letter/preview/", letters.letter_preview, name="letter_preview"),
    path("letters/<int:pk>/", letters.letter_download, name="letter_download"),
    path("compliance/", compliance.compliance, name="compliance"),
    path("compliance/past/", compliance.past_row, name="past_row"),
    path("breaches/", breaches.breaches, name="breaches"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/settle/", outbox.settle_message, name="settle_message"),
    path("hooks/<slug:provider>/<str:kind>/", hooks.hook, name="hook"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("development/outbox/", development.development_outbox, name="development_outbox"),
]
