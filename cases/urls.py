from django.urls import URLPattern, path

from cases.views import development, letters, reveal, timeline, worklist

app_name = "cases"
urlpatterns: list[URLPattern] = [
    path("cases/", worklist.worklist, name="worklist"),
    path("cases/<int:pk>/", worklist.next_case, name="case"),
    path("cases/<int:pk>/next/", worklist.next_case, name="next_case"),
    path("cases/<int:pk>/take/", worklist.take_case, name="take_case"),
    path("cases/<int:pk>/timeline/", timeline.timeline, name="timeline"),
    path("cases/<int:pk>/reveal/<int:point_pk>/", reveal.reveal, name="reveal"),
    path("cases/<int:pk>/reveal-id/", reveal.reveal_id, name="reveal_id"),
    path("cases/<int:pk>/demand-letter/preview/", letters.letter_preview, name="letter_preview"),
    path("letters/<int:pk>/", letters.letter_download, name="letter_download"),
    path("development/outbox/", development.development_outbox, name="development_outbox"),
]
