package qitech

import (
	"fmt"
	"strings"
	"sync"
)

// Failure is how an order that could be served is answered all the same.
type Failure struct {
	// Code is one of CARD000005 to CARD000010, or CARD000032; empty is success.
	Code Code
	// Made says that the card is made in spite of the answer.
	Made bool
}

// script is what will happen to the next orders.
type script struct {
	mu   sync.Mutex
	left []Failure
}

// FailCreates answers the next orders so, one each; an empty Failure lets one pass.
func (h *Handler) FailCreates(failures ...Failure) error {
	for _, f := range failures {
		if f.Code != "" && !scriptable[f.Code] {
			return fmt.Errorf("creating a card is never answered %s", f.Code)
		}
	}
	h.script.mu.Lock()
	defer h.script.mu.Unlock()
	h.script.left = append(h.script.left, failures...)
	return nil
}

var scriptable = map[Code]bool{
	CodeProgram: true, CodeAccount: true, CodePerson: true, CodeHolderStatus: true,
	CodeNotGenerated: true, CodeNoPerson: true, CodeVirtualRefused: true,
}

// next is the fate of the next order: by the script, or else by chance.
func (s *script) next(opts Options) Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.left) > 0 {
		first := s.left[0]
		s.left = s.left[1:]
		return first
	}
	if opts.AmbiguousCreates > 0 && opts.Random.Chance(opts.AmbiguousCreates) {
		return Failure{CodeNotGenerated, opts.Random.Chance(1. / 2)}
	}
	return Failure{}
}

var words = []struct {
	word Word
	does Failure
}{
	{WordUnready, Failure{CodeHolderStatus, false}},
	{WordNobody, Failure{CodeNoPerson, false}},
	{WordLater, Failure{CodeNotGenerated, false}},
	{WordUnsure, Failure{CodeNotGenerated, true}},
}

// steered is the fate that a word in the printed name says, where nothing else was said.
func (f Failure) steered(in order) Failure {
	for _, w := range words {
		if f.Code == "" && strings.Contains(in.PrintedName, string(w.word)) {
			return w.does
		}
	}
	return f
}
