"""Pages of legal staff, below /legal/."""

from django.urls import URLPattern, path

from legal.views import court_papers, desk, downloads, evidence, figures, mandates, matter, moves, papers, results

app_name = "legal"
urlpatterns: list[URLPattern] = [
    path("", desk.desk, name="desk"),
    path("matters/open/", desk.open_matters, name="open_matters"),
    path("matters/<int:pk>/", matter.matter_page, name="matter"),
    path("matters/<int:pk>/assign/", matter.assign, name="assign"),
    path("matters/<int:pk>/draft/", matter.draft, name="draft"),
    path("matters/<int:pk>/moves/<slug:name>/", moves.move, name="move"),
    path("matters/<int:pk>/moves/<slug:name>/fee/", moves.fee_hint, name="fee_hint"),
    path("matters/<int:pk>/correct/", moves.correct, name="correct"),
    path("matters/<int:pk>/prepare/", moves.prepare, name="prepare"),
    path("matters/<int:pk>/check/", moves.check_panel, name="check_panel"),
    path("papers/<int:pk>/preview/", papers.preview, name="preview"),
    path("papers/<int:pk>/review/", papers.review, name="review"),
    path("papers/<int:pk>/approve/", papers.approve, name="approve"),
    path("papers/<int:pk>/issue/", papers.issue, name="issue"),
    path("papers/<int:pk>/drop/", papers.drop, name="drop"),
    path("matters/<int:pk>/court-papers/", court_papers.upload_court_papers, name="upload_court_papers"),
    path("matters/<int:pk>/court-papers/panel/", court_papers.court_papers_panel, name="court_papers_panel"),
    path("court-papers/", court_papers.court_papers, name="court_papers"),
    path("court-papers/<int:pk>/", court_papers.court_paper_download, name="court_paper"),
    path("court-papers/<int:pk>/assign/", court_papers.assign_paper, name="assign_court_paper"),
    path("court-papers/<int:pk>/discard/", court_papers.discard_paper, name="discard_court_paper"),
    path("matters/<int:pk>/evidence/", evidence.evidence, name="evidence"),
    path("matters/<int:pk>/evidence/panel/", evidence.evidence_panel, name="evidence_panel"),
    path("matters/<int:pk>/evidence/bundle/", evidence.make_bundle, name="make_bundle"),
    path("matters/<int:pk>/evidence/exhibit/", evidence.hand_in_exhibit, name="hand_in_exhibit"),
    path("evidence/<int:pk>/<slug:form>/", evidence.bundle_download, name="bundle_download"),
    path("downloads/", downloads.downloads, name="downloads"),
    path("downloads/choose/", downloads.choose_downloads, name="choose_downloads"),
    path("downloads/<int:pk>/", downloads.download_set, name="download_set"),
    path("downloads/<int:pk>/<slug:form>/", downloads.download_file, name="download_file"),
    path("results/", results.results, name="results"),
    path("mandates/", mandates.mandates, name="mandates"),
    path("cases/<int:case_pk>/panel/", desk.case_panel, name="case_panel"),
    path("matters/<int:pk>/claim/panel/", figures.claim_panel, name="claim_panel"),
    path("matters/<int:pk>/claim/", figures.keep, name="keep_claim"),
    path("matters/<int:pk>/claim.csv", figures.claim_csv, name="claim_csv"),
    path("matters/<int:pk>/limitation/panel/", figures.limitation_panel, name="limitation_panel"),
    path("cases/<int:case_pk>/limitation/", figures.case_limitation, name="case_limitation"),
    path("cases/<int:case_pk>/limitation/record/", figures.record, name="record_limitation"),
    path(
        "cases/<int:case_pk>/limitation/<int:pk>/withdraw/", figures.withdraw_recorded, name="withdraw_limitation"
    ),
]
