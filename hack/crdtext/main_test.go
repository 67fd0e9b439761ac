package main

import "testing"

func TestParagraphsBecomeLines(t *testing.T) {
	in := `a:
  description: |-
    one
    two

    three
    - item
      of two lines
  type: string
b:
  description: short
`
	want := `a:
  description: |-
    one two

    three
    - item of two lines
  type: string
b:
  description: short
`
	if got := unwrap(in); got != want {
		t.Errorf("got:\n%s", got)
	}
	if again := unwrap(want); again != want {
		t.Errorf("not stable:\n%s", again)
	}
}
