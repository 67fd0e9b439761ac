package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
)

// exemption is a branch that need not be executed, and why.
type exemption struct {
	key, reason string
	used        bool
}

// key names a branch without its line: package/file.go:Function:snippet.
func (b branch) key() string {
	return path.Join(path.Base(b.pkg), path.Base(b.file)) + ":" + b.function + ":" + b.snippet
}

// readExemptions reads lines of the form "key # reason".
func readExemptions(path string) ([]exemption, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []exemption
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, reason, ok := strings.Cut(line, " # ")
		if !ok || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("an exemption without a reason: %q", line)
		}
		all = append(all, exemption{key: strings.TrimSpace(key), reason: strings.TrimSpace(reason)})
	}
	return all, nil
}

// exemptedFrom marks what is exempt and returns what is neither executed nor exempt.
func exemptedFrom(found []branch, exemptions []exemption) []branch {
	var missed []branch
	for i := range found {
		b := &found[i]
		if b.executed {
			continue
		}
		at := slices.IndexFunc(exemptions, func(e exemption) bool { return e.key == b.key() })
		if at < 0 {
			missed = append(missed, *b)
			continue
		}
		b.exempt, exemptions[at].used = true, true
	}
	return missed
}

type count struct{ branches, executed, exempt int }

func (c *count) add(b branch) {
	c.branches++
	if b.executed {
		c.executed++
	}
	if b.exempt {
		c.exempt++
	}
}

// table prints one line per package.
func table(out io.Writer, found []branch) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, c count) {
		_, _ = fmt.Fprintf(w, "%d\t%d\t%d\t%d\t  %s\n", c.branches, c.executed, c.exempt, c.branches-c.executed-c.exempt, name)
	}
	_, _ = fmt.Fprintln(w, "branches\texecuted\texempt\tmissed\t  package")
	var all count
	for _, group := range grouped(found, func(b branch) string { return b.pkg }) {
		var c count
		for _, b := range group {
			c.add(b)
			all.add(b)
		}
		row(short(group[0].pkg), c)
	}
	row("all", all)
	_ = w.Flush()
}

// grouped sorts by a key and parts what differs in it.
func grouped(found []branch, key func(branch) string) [][]branch {
	sorted := slices.Clone(found)
	slices.SortStableFunc(sorted, func(a, b branch) int { return cmp.Compare(key(a), key(b)) })
	var groups [][]branch
	for i, b := range sorted {
		if i == 0 || key(sorted[i-1]) != key(b) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], b)
	}
	return groups
}

// short is an import path without the module's.
func short(pkg string) string {
	if _, rest, ok := strings.Cut(pkg, "/internal/"); ok {
		return "internal/" + rest
	}
	return pkg
}

// page is the document: it has no line numbers, so that it changes only when the
// branches do.
func page(found []branch, exemptions []exemption) string {
	var b strings.Builder
	b.WriteString(head)
	packages := grouped(found, func(b branch) string { return b.pkg })
	fmt.Fprintf(&b, "%d branches in %d packages, %d of them exempt.\n", len(found), len(packages), len(exemptions))
	for _, group := range packages {
		fmt.Fprintf(&b, "\n## %s\n\n%d branches.\n\n| function | branches |\n|---|---|\n", short(group[0].pkg), len(group))
		for _, f := range grouped(group, func(b branch) string { return path.Base(b.file) + " " + b.function }) {
			fmt.Fprintf(&b, "| `%s` (%s) | %d |\n", f[0].function, path.Base(f[0].file), len(f))
		}
	}
	b.WriteString("\n## Exempt\n\n")
	if len(exemptions) == 0 {
		b.WriteString("None.\n")
	}
	for _, e := range exemptions {
		fmt.Fprintf(&b, "- `%s`: %s\n", e.key, e.reason)
	}
	return b.String()
}

const head = `# Error branches

<!-- Written by make coverage. Do not edit. -->

Wrong handling of errors that were signalled correctly causes most catastrophic failures of distributed systems (92 % in Yuan et al.,
"Simple Testing Can Prevent Most Critical Failures", OSDI 2014). So every error branch in the engine, the port, the adapters' money
paths and the controllers is executed by a test that needs no API server. ` + "`make coverage`" + ` lists those that are not, and fails.

An error branch is the body of an ` + "`if`" + ` whose condition has an error or a verdict (an outcome, class, presence, step, decision,
severity, end, movement's status) in it, a case of a ` + "`switch`" + ` over one, or a ` + "`return`" + ` of a new error or verdict. Code that
runs where such an ` + "`if`" + ` has no ` + "`else`" + ` cannot be told apart and is not counted.

`
