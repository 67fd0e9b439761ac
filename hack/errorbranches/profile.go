package main

import (
	"fmt"
	"go/token"
	"os"
	"strings"
)

// block is one block of a coverage profile.
type block struct {
	fromLine, fromCol, toLine, toCol int
	executed                         bool
}

func (b block) holds(p token.Position) bool {
	afterStart := p.Line > b.fromLine || p.Line == b.fromLine && p.Column >= b.fromCol
	beforeEnd := p.Line < b.toLine || p.Line == b.toLine && p.Column <= b.toCol
	return afterStart && beforeEnd
}

// begins reports whether b begins after other.
func (b block) begins(other block) bool {
	return b.fromLine > other.fromLine || b.fromLine == other.fromLine && b.fromCol > other.fromCol
}

// profile holds the blocks of each file. A profile of several test programs names a
// block once for each; it was executed if any of them did.
type profile map[string]map[[4]int]block

func readProfile(path string) (profile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	blocks := profile{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "mode: ") {
			continue
		}
		if err := blocks.add(line); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

func (p profile) add(line string) error {
	var b block
	var statements, count int
	name, rest, _ := strings.Cut(line, ":")
	_, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.fromLine, &b.fromCol, &b.toLine, &b.toCol, &statements, &count)
	if err != nil {
		return fmt.Errorf("not a line of a profile: %q", line)
	}
	if p[name] == nil {
		p[name] = map[[4]int]block{}
	}
	at := [4]int{b.fromLine, b.fromCol, b.toLine, b.toCol}
	b.executed = count > 0 || p[name][at].executed
	p[name][at] = b
	return nil
}

// at is the innermost block that holds a position.
func (p profile) at(where token.Position) (block, bool) {
	var best block
	found := false
	for _, b := range p[where.Filename] {
		if b.holds(where) && (!found || b.begins(best)) {
			best, found = b, true
		}
	}
	return best, found
}
