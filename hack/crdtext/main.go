// Command crdtext rewraps the descriptions of generated CRDs: a paragraph becomes one
// line, so that kubectl explain can wrap it to the reader's terminal. It rewrites the
// files that it is given.
package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

func main() {
	for _, path := range os.Args[1:] {
		if err := rewrite(path); err != nil {
			fmt.Fprintln(os.Stderr, "crdtext:", err)
			os.Exit(1)
		}
	}
}

func rewrite(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(unwrap(string(text))), 0o644) //nolint:gosec // a manifest, for everybody to read
}

var block = regexp.MustCompile(`^( *)description: \|-$`)

// unwrap joins the lines of each paragraph of every description block.
func unwrap(text string) string {
	var out []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		match := block.FindStringSubmatch(lines[i])
		if match == nil {
			continue
		}
		end := i + 1
		for end < len(lines) && inside(lines[end], len(match[1])) {
			end++
		}
		out = append(out, paragraphs(lines[i+1:end])...)
		i = end - 1
	}
	return strings.Join(out, "\n")
}

// inside reports whether a line belongs to a block that is indented by depth.
func inside(line string, depth int) bool {
	trimmed := strings.TrimLeft(line, " ")
	return trimmed == "" || len(line)-len(trimmed) > depth
}

func paragraphs(lines []string) []string {
	var out []string
	open := false
	for _, line := range lines {
		word := strings.TrimLeft(line, " ")
		item := strings.HasPrefix(word, "- ") || strings.HasPrefix(word, "* ")
		if open && word != "" && !item {
			out[len(out)-1] += " " + word
			continue
		}
		out = append(out, line)
		open = word != ""
	}
	return out
}
