// Package sample has every sort of branch.
package sample

import (
	"errors"
	"fmt"
)

type Outcome string

const (
	Yes Outcome = "Yes"
	No  Outcome = "No"
)

type verdict struct{ outcome Outcome }

type problem struct{}

func (*problem) Error() string { return "problem" }

var errNo = errors.New("no")

func refused(why string) error { return fmt.Errorf("refused: %s", why) }

func passedOn(err error) error { return err }

func Do(n int, err error) error {
	if err != nil {
		return err
	}
	if n > 7 {
		return nil
	}
	if n == 7 {
		return errNo
	}
	if _, ok := err.(*problem); !ok {
		n++
	} else {
		n--
	}
	switch outcomeOf(err) {
	case Yes:
	default:
		n = 3
	}
	switch {
	case n == 1:
		return nil
	case errors.Is(err, errNo):
		return refused("is")
	default:
		return passedOn(err)
	}
}

func outcomeOf(err error) Outcome {
	if err == nil {
		return Yes
	}
	return No
}

func judge(n int) verdict {
	if n == 1 {
		return verdict{outcome: No}
	}
	return verdict{}
}

func find(n int) (*problem, error) {
	if n == 1 {
		return nil, &problem{}
	}
	return nil, nil
}
