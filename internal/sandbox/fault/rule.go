package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Action is what a rule does to a request that it catches.
type Action string

// The actions. Those that say "commit" run the real handler, so the effect takes place
// whatever the client hears of it.
const (
	Latency       Action = "latency"        // wait Delay, then go on with the next rules
	Hang          Action = "hang"           // wait until the client leaves, or Delay (60s), then drop
	Refuse        Action = "refuse"         // answer Status (503) with RetryAfter, no commit
	Drop          Action = "drop"           // drop the connection, no commit
	Redirect      Action = "redirect"       // answer Status (307) to Location, no commit
	CommitDrop    Action = "commit-drop"    // commit, then drop the connection
	CommitError   Action = "commit-error"   // commit, then answer Status (500)
	Truncate      Action = "truncate"       // commit, then send half of the answer
	HTML          Action = "html"           // commit, then answer a page of HTML
	Empty         Action = "empty"          // commit, then answer without a body
	Garbage       Action = "garbage"        // commit, then answer broken JSON
	Huge          Action = "huge"           // commit, then stream a body of Bytes (64 MiB)
	DelayedCommit Action = "delayed-commit" // answer Status (504), or drop; commit after Delay (1s)
	Duplicate     Action = "duplicate"      // commit twice, as a proxy that retries does
)

// Duration is a time.Duration that JSON spells "1.5s".
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Rule catches requests and does something to them. All conditions that are set must
// hold. Of the rules that catch a request, every latency applies, and the first other one.
type Rule struct {
	// ID names the rule; one is given where it is empty.
	ID string `json:"id,omitempty"`

	// Method is an HTTP method; empty is any.
	Method string `json:"method,omitempty"`
	// Path is a pattern: * is anything within a segment, ** anything; empty is any.
	Path string `json:"path,omitempty"`
	// BodyContains is a text that the request's body or query must contain.
	BodyContains string `json:"bodyContains,omitempty"`

	// Nth catches the n-th matching request alone, from 1.
	Nth int `json:"nth,omitempty"`
	// Every catches each n-th matching request.
	Every int `json:"every,omitempty"`
	// Probability catches by chance, drawn from the sandbox's seed.
	Probability float64 `json:"probability,omitempty"`
	// Times ends the rule after so many hits.
	Times int `json:"times,omitempty"`

	// Do is what happens.
	Do Action `json:"do"`
	// Status replaces the action's default status.
	Status int `json:"status,omitempty"`
	// RetryAfter is sent as Retry-After, in seconds.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Delay is the time of latency, hang and delayed-commit.
	Delay Duration `json:"delay,omitempty"`
	// Bytes is the size of a huge body.
	Bytes int64 `json:"bytes,omitempty"`
	// Location is where a redirect leads.
	Location string `json:"location,omitempty"`
	// SkipHandler makes the actions that spoil a body do so without committing.
	SkipHandler bool `json:"skipHandler,omitempty"`
	// DropConnection makes delayed-commit drop the connection in place of answering.
	DropConnection bool `json:"dropConnection,omitempty"`
}

// Load reads rules: a JSON array, or one rule.
func Load(r io.Reader) ([]Rule, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBody))
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return decode[[]Rule](text)
	}
	one, err := decode[Rule](text)
	return []Rule{one}, err
}

func decode[T any](text []byte) (into T, err error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err = d.Decode(&into); err != nil {
		err = fmt.Errorf("fault rules: %w", err)
	}
	return into, err
}

// check refuses a rule that could never do what it says.
func (r Rule) check() error {
	_, known := actions[r.Do]
	switch {
	case !known && r.Do != Latency:
		return fmt.Errorf("unknown action %q: want one of %s", r.Do, strings.Join(Actions(), ", "))
	case r.Probability < 0 || r.Probability > 1:
		return errors.New("probability must be from 0 to 1")
	case min(r.Nth, r.Every, r.Times, r.RetryAfter) < 0 || r.Delay < 0 || r.Bytes < 0:
		return errors.New("a negative number makes no sense")
	}
	return r.checkAnswer()
}

func (r Rule) checkAnswer() error {
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return errors.New("status must be from 200 to 599")
	}
	if r.Do == Redirect && r.Location == "" {
		return errors.New("a redirect needs a location")
	}
	return nil
}

// Actions lists the names of all actions.
func Actions() []string {
	names := []string{string(Latency)}
	for a := range actions {
		names = append(names, string(a))
	}
	slices.Sort(names)
	return names
}

// compile turns a path pattern into an expression.
func compile(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		pattern = "**"
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	return regexp.Compile("^" + quoted + "$")
}
