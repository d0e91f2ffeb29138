"""Templates that people and scripts give to `docker`."""

from __future__ import annotations

import pytest

from wizard.practice.runtimes.go_template import BadTemplate, render

VALUE = {
    "Name": "<a&b>",
    "On": True,
    "Nothing": None,
    "List": ["x", "y"],
    "Map": {"runc": {"path": "r"}, "io": {"path": "i"}},
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{.Name}} {{json .Name}}", '<a&b> "\\u003ca\\u0026b\\u003e"'),
        ("{{ .On }},{{.Nothing}},{{json .Nothing}}", "true,<nil>,null"),
        ("{{.List}}|{{json .List}}|{{index .List 1}}", '[x y]|["x","y"]|y'),
        ("{{.Map.runc.path}}", "r"),
        ("{{range .List}}<{{.}}>{{end}}", "<x><y>"),
        ("[{{range $name, $_ := .Map}}{{json $name}},{{end}}null]", '["io","runc",null]'),
        ("{{range $one := .List}}{{$one}};{{end}}", "x;y;"),
        (r"a\tb\n", "a\tb\n"),
    ],
)
def test_template(template: str, expected: str) -> None:
    """Printed as Go prints it."""
    assert render(template, VALUE) == expected


def test_field_that_is_not_there() -> None:
    """What came before it is printed."""
    with pytest.raises(BadTemplate, match="can't evaluate field Gone") as caught:
        render("[{{.On}},{{.Gone.Too}}]", VALUE)

    assert caught.value.printed == "[true,"


def test_range_without_end() -> None:
    """The template is not begun."""
    with pytest.raises(BadTemplate, match="unexpected EOF"):
        render("{{range .List}}", VALUE)
