// Command errorbranches lists the error branches of packages and whether a coverage
// profile says that each was executed. It fails where one was not and no exemption
// gives a reason, and where an exemption is no longer needed.
//
//	go run ./hack/errorbranches -profile coverage/unit.out -w docs/error-branches.md ./internal/engine
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	profile := flag.String("profile", "", "a profile of go test -coverprofile")
	exempt := flag.String("exempt", "hack/errorbranches/exempt.txt", "the branches that need not be executed, with reasons")
	document := flag.String("w", "", "write what there is, without line numbers, to this file")
	flag.Parse()
	if err := run(os.Stdout, *profile, *exempt, *document, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "errorbranches:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, profile, exempt, document string, patterns []string) error {
	blocks, err := readProfile(profile)
	if err != nil {
		return err
	}
	exemptions, err := readExemptions(exempt)
	if err != nil {
		return err
	}
	pkgs, err := load(patterns)
	if err != nil {
		return err
	}
	var found []branch
	for _, p := range pkgs {
		found = append(found, distinct(branchesOf(p), blocks)...)
	}
	if document != "" {
		//nolint:gosec // a document, for everybody to read
		if err := os.WriteFile(document, []byte(page(found, exemptions)), 0o644); err != nil {
			return err
		}
	}
	return judge(out, found, exemptions)
}

// judge prints the table and says whether all is as it must be.
func judge(out io.Writer, found []branch, exemptions []exemption) error {
	missed := exemptedFrom(found, exemptions)
	table(out, found)
	for _, b := range missed {
		_, _ = fmt.Fprintf(out, "not executed: %s:%d %s: %s\n", b.file, b.line, b.function, b.snippet)
	}
	unused := 0
	for _, e := range exemptions {
		if !e.used {
			unused++
			_, _ = fmt.Fprintf(out, "exemption not needed: %s\n", e.key)
		}
	}
	if len(missed) > 0 || unused > 0 {
		return fmt.Errorf("%d error branches are not executed, %d exemptions are not needed", len(missed), unused)
	}
	return nil
}
