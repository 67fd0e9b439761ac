package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func sample(t *testing.T) source {
	t.Helper()
	pkgs, err := load([]string{"./testdata/sample"})
	if err != nil || len(pkgs) != 1 {
		t.Fatalf("%d packages, %v", len(pkgs), err)
	}
	return pkgs[0]
}

func TestWhatABranchIs(t *testing.T) {
	var got []string
	for _, b := range branchesOf(sample(t)) {
		got = append(got, b.function+": "+b.snippet)
	}
	want := []string{
		`refused: return fmt.Errorf("refused: %s", why)`,
		"Do: if err != nil",
		"Do: return errNo",
		"Do: if _, ok := err.(*problem); !ok",
		"Do: else of if _, ok := err.(*problem); !ok",
		"Do: case Yes",
		"Do: default",
		"Do: case errors.Is(err, errNo)",
		`Do: return refused("is")`,
		"Do: default (2)",
		"outcomeOf: if err == nil",
		"outcomeOf: return Yes",
		"outcomeOf: return No",
		"judge: return verdict{outcome: No}",
		"find: return nil, &problem{}",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// line is a line of a profile for one line of the sample.
func line(s source, n, count int) string {
	return fmt.Sprintf("%s/sample.go:%d.1,%d.80 1 %d\n", s.path, n, n, count)
}

func TestABlockIsExecutedIfAnyProgramDidIt(t *testing.T) {
	s := sample(t)
	found := branchesOf(s)
	first := found[1].line
	text := "mode: set\n" + line(s, first, 0) + line(s, first, 1) + line(s, first, 0)
	blocks, err := readProfile(file(t, text))
	if err != nil {
		t.Fatal(err)
	}
	kept := distinct(found, blocks)
	for _, b := range kept {
		if b.executed != (b.line == first) {
			t.Errorf("line %d: executed %v", b.line, b.executed)
		}
	}
}

func TestAReturnThatIsAllOfAnIfIsOneBranchWithIt(t *testing.T) {
	s := sample(t)
	found := branchesOf(s)
	at := slices.IndexFunc(found, func(b branch) bool { return strings.HasPrefix(b.snippet, "case errors.Is") })
	blocks, err := readProfile(file(t, line(s, found[at].line, 1)))
	if err != nil || found[at].line != found[at+1].line {
		t.Fatal(err)
	}
	if kept := distinct(found, blocks); len(kept) != len(found)-1 {
		t.Errorf("%d of %d", len(kept), len(found))
	}
}

func TestABrokenProfileIsNoProfile(t *testing.T) {
	for _, text := range []string{"hello", "a.go:1.2,3 1 1", "a.go"} {
		if _, err := readProfile(file(t, text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatFailsARun(t *testing.T) {
	executed := branch{pkg: "m/internal/p", file: "m/internal/p/f.go", function: "F", snippet: "if err != nil", executed: true}
	missed := executed
	missed.snippet, missed.executed = "return errNo", false
	for name, c := range map[string]struct {
		found  []branch
		exempt string
		says   string
	}{
		"all executed":            {[]branch{executed}, "", ""},
		"one missed":              {[]branch{executed, missed}, "", "not executed: m/internal/p/f.go:0 F: return errNo"},
		"one exempt":              {[]branch{executed, missed}, "# why\n\np/f.go:F:return errNo # dead\n", ""},
		"an exemption too many":   {[]branch{executed}, "p/f.go:F:if err != nil # dead", "exemption not needed: p/f.go:F:if err != nil"},
		"another one's exemption": {[]branch{missed}, "q/f.go:F:return errNo # dead", "not executed"},
	} {
		exemptions, err := readExemptions(file(t, c.exempt))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := judge(&out, c.found, exemptions); (err != nil) != (c.says != "") || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	if _, err := readExemptions(file(t, "p/f.go:F:return errNo")); err == nil {
		t.Error("an exemption needs a reason")
	}
	if none, err := readExemptions("nowhere"); err != nil || none != nil {
		t.Errorf("no file is no exemption: %v, %v", none, err)
	}
}

// The document must not churn: it is the same wherever the code stands in its file.
func TestThePageHasNoLines(t *testing.T) {
	found := branchesOf(sample(t))
	moved := slices.Clone(found)
	for i := range moved {
		moved[i].line += 1000
	}
	exemptions := []exemption{{key: "p/f.go:F:return errNo", reason: "dead"}}
	text := page(found, exemptions)
	if text != page(moved, exemptions) || !strings.Contains(text, "| `Do` (sample.go) | 9 |") || !strings.Contains(text, "`p/f.go:F:return errNo`: dead") {
		t.Errorf("%s", text)
	}
}
