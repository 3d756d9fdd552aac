from django.urls import URLPattern, path

from borrowers.views import calculators, placements

app_name = "borrowers"
urlpatterns: list[URLPattern] = [
    path("placements/", placements.placements, name="placements"),
    path("placements/<int:pk>/", placements.placement, name="placement"),
    path("placements/<int:pk>/load/", placements.load, name="placement_load"),
    path("placements/<int:pk>/discard/", placements.discard, name="placement_discard"),
    path("placements/<int:pk>/refusals.csv", placements.refusals, name="placement_refusals"),
    path("calculators/", calculators.calculators, name="calculators"),
    path("calculators/<slug:name>/", calculators.calculators, name="calculator"),
]
