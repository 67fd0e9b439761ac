package fault

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// Chance decides by probability, from a seed.
type Chance interface {
	Chance(probability float64) bool
}

// Hit is a rule and what it has seen. A removed rule that hit something stays listed.
type Hit struct {
	Rule
	Matched int  `json:"matched"`
	Hits    int  `json:"hits"`
	Removed bool `json:"removed,omitempty"`
}

// Plan is a set of rules in order. It is safe for concurrent use.
type Plan struct {
	clock       clock.Clock
	chance      Chance
	synchronous bool

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	serial  int
	rules   []*armed
	delayed []delayed
}

// armed is a rule that is in force, or was.
type armed struct {
	Hit
	path *regexp.Regexp
}

// delayed is a commit that is still to come.
type delayed struct {
	due    time.Time
	commit func()
}

// NewPlan returns an empty plan. A synchronous one starts no goroutine: a delayed commit
// happens when a request arrives after its time, which suits a virtual clock.
func NewPlan(c clock.Clock, chance Chance, synchronous bool) *Plan {
	ctx, cancel := context.WithCancel(context.Background())
	return &Plan{clock: c, chance: chance, synchronous: synchronous, ctx: ctx, cancel: cancel}
}

// Close ends what is still waiting; delayed commits that are not due are lost.
func (p *Plan) Close() {
	p.cancel()
	p.work.Wait()
}

// Add puts rules in force, all or none, and returns their ids.
func (p *Plan) Add(rules ...Rule) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var added []*armed
	var ids []string
	for _, r := range rules {
		path, err := compile(r.Path)
		if err == nil {
			err = r.check()
		}
		if err != nil {
			return nil, fmt.Errorf("fault rule: %w", err)
		}
		r.ID = p.idOf(r)
		added = append(added, &armed{Hit{Rule: r}, path})
		ids = append(ids, r.ID)
	}
	p.rules = append(p.rules, added...)
	return ids, nil
}

func (p *Plan) idOf(r Rule) string {
	if r.ID != "" {
		return r.ID
	}
	p.serial++
	return "fault-" + strconv.Itoa(p.serial)
}

// Remove ends the rules of an id; an empty id ends all. It returns how many.
func (p *Plan) Remove(id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	removed := 0
	for _, r := range p.rules {
		if !r.Removed && (id == "" || r.ID == id) {
			r.Removed = true
			removed++
		}
	}
	return removed
}

// Hits lists the rules in force, and those removed that hit something.
func (p *Plan) Hits() []Hit {
	p.mu.Lock()
	defer p.mu.Unlock()
	hits := []Hit{}
	for _, r := range p.rules {
		if !r.Removed || r.Hits > 0 {
			hits = append(hits, r.Hit)
		}
	}
	return hits
}

// draw asks the rules about a request: the latency to add, and the fault, if any.
func (p *Plan) draw(method, path, text string) (latency time.Duration, fault *Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if !r.matches(method, path, text) || !p.fires(r) {
			continue
		}
		if r.Do == Latency {
			latency += time.Duration(r.Delay)
			continue
		}
		caught := r.Rule
		return latency, &caught
	}
	return latency, nil
}

// fires counts a match and decides whether it is a hit.
func (p *Plan) fires(r *armed) bool {
	r.Matched++
	fires := (r.Nth == 0 || r.Matched == r.Nth) &&
		(r.Every == 0 || r.Matched%r.Every == 0) &&
		(r.Times == 0 || r.Hits < r.Times) &&
		(r.Probability == 0 || p.chance.Chance(r.Probability))
	if fires {
		r.Hits++
	}
	return fires
}

// later commits after a delay.
func (p *Plan) later(delay time.Duration, commit func()) {
	p.mu.Lock()
	p.delayed = append(p.delayed, delayed{p.clock.Now().Add(delay), commit})
	p.mu.Unlock()
	if p.synchronous {
		return
	}
	p.work.Go(func() {
		if p.clock.Sleep(p.ctx, delay) == nil {
			p.commitDue()
		}
	})
}

// commitDue runs the delayed commits whose time has come.
func (p *Plan) commitDue() {
	for _, d := range p.takeDue() {
		d.commit()
	}
}

func (p *Plan) takeDue() (due []delayed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	var rest []delayed
	for _, d := range p.delayed {
		if d.due.After(now) {
			rest = append(rest, d)
		} else {
			due = append(due, d)
		}
	}
	p.delayed = rest
	return due
}
func (r *armed) matches(method, path, text string) bool {
	return !r.Removed &&
		(r.Method == "" || strings.EqualFold(r.Method, method)) &&
		r.path.MatchString(path) &&
		strings.Contains(text, r.BodyContains)
}
