"""Pages of legal staff, below /legal/."""

from django.urls import URLPattern, path

from legal.views import desk, mandates, matter, papers

app_name = "legal"
urlpatterns: list[URLPattern] = [
    path("", desk.desk, name="desk"),
    path("matters/open/", desk.open_matters, name="open_matters"),
    path("matters/<int:pk>/", matter.matter_page, name="matter"),
    path("matters/<int:pk>/assign/", matter.assign, name="assign"),
    path("matters/<int:pk>/draft/", matter.draft, name="draft"),
    path("matters/<int:pk>/withdraw/", matter.withdraw, name="withdraw"),
    path("matters/<int:pk>/settle/", matter.settle, name="settle"),
    path("papers/<int:pk>/preview/", papers.preview, name="preview"),
    path("papers/<int:pk>/review/", papers.review, name="review"),
    path("papers/<int:pk>/approve/", papers.approve, name="approve"),
    path("papers/<int:pk>/issue/", papers.issue, name="issue"),
    path("papers/<int:pk>/drop/", papers.drop, name="drop"),
    path("mandates/", mandates.mandates, name="mandates"),
    path("cases/<int:case_pk>/panel/", desk.case_panel, name="case_panel"),
]
