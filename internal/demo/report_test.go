package demo

import (
	"strings"
	"testing"
)

func TestTheReportDecidesTheExitStatus(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want string // part of the error; nothing when all is well
	}{
		"all is well":       {`{"conservation":{"holds":true},"duplicates":[]}`, ""},
		"money is missing":  {`{"conservation":{"holds":false,"problems":["0.01 gone"]},"duplicates":[]}`, "0.01 gone"},
		"something twice":   {`{"conservation":{"holds":true},"duplicates":[{"what":"movement","key":"k","ids":["1","2"]}]}`, `movement "k" happened 2 times`},
		"no verdict":        {`{"duplicates":[]}`, "does not say"},
		"no list":           {`{"conservation":{"holds":true}}`, "does not say"},
		"an empty verdict":  {`{"conservation":{},"duplicates":[]}`, "does not say"},
		"a page of a proxy": {`<html>`, "reading the sandbox's report"},
	} {
		r, err := parseReport([]byte(test.text))
		if err == nil {
			err = r.verdict()
		}
		if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: want %q, got %v", name, test.want, err)
		}
	}
}

func TestTheReportIsShownWithTotals(t *testing.T) {
	r, err := parseReport([]byte(`{"conservation":{"holds":true,"totals":{"cards":120.5}},"duplicates":[],"movements":[
		{"kind":"TransferIn","amount":100,"status":"Closed"},{"kind":"TransferIn","amount":20.5,"status":"Closed"},
		{"kind":"TransferIn","amount":7,"status":"Fail"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(r.render()), " ")
	want := "Conservation holds Duplicates none Total cards 120.50 Moved: TransferIn 120.50 in 2"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
