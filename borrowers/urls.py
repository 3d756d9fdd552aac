from django.urls import URLPattern, path

from borrowers.views import calculators, payment_files, payment_sources, placements

app_name = "borrowers"
urlpatterns: list[URLPattern] = [
    path("placements/", placements.placements, name="placements"),
    path("placements/<int:pk>/", placements.placement, name="placement"),
    path("placements/<int:pk>/load/", placements.load, name="placement_load"),
    path("placements/<int:pk>/discard/", placements.discard, name="placement_discard"),
    path("placements/<int:pk>/refusals.csv", placements.refusals, name="placement_refusals"),
    path("payment-files/", payment_files.payment_files, name="payment_files"),
    path("payment-files/<int:pk>/", payment_files.payment_file, name="payment_file"),
    path("payment-sources/new/", payment_sources.payment_source, name="new_payment_source"),
    path("payment-sources/<int:pk>/", payment_sources.payment_source, name="payment_source"),
    path("payment-lines/<int:pk>/", payment_files.decide_line, name="decide_line"),
    path("calculators/", calculators.calculators, name="calculators"),
    path("calculators/<slug:name>/", calculators.calculators, name="calculator"),
]
