package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// workers send at once.
const workers = 4

// ErrFull says that a message was dropped.
var ErrFull = errors.New("the queue of webhooks is full")

// Notifier sends webhooks. It is safe for concurrent use.
type Notifier struct {
	opts   Options
	ledger *ledger.Ledger
	writer writer
	client *http.Client
	queue  chan letter

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	feed   *ledger.Feed
	counts Counts
}

// Counts are what has become of the messages so far.
type Counts struct {
	Queued    int `json:"queued"`
	Delivered int `json:"delivered"`
	Retried   int `json:"retried"`
	GivenUp   int `json:"givenUp"`
	Dropped   int `json:"dropped"`
}

// New returns a notifier of what happens from now on. Start or Flush makes it send.
func New(l *ledger.Ledger, opts Options) (*Notifier, error) {
	opts = opts.withDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	w, err := writerOf(opts)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Notifier{
		opts: opts, ledger: l, writer: w, queue: make(chan letter, opts.Queue), feed: l.Feed(), ctx: ctx, cancel: cancel,
		client: &http.Client{
			Transport:     opts.RoundTripper,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func writerOf(opts Options) (writer, error) {
	switch opts.Dialect {
	case Qbit:
		return qbitWriter{opts.Secret}, nil
	case Interlace:
		return interlaceWriter{opts.Secret}, nil
	case QITech:
		key, err := ParsePrivateKey(opts.PrivateKey)
		if err != nil {
			return nil, err
		}
		target, err := url.Parse(opts.URL)
		if err != nil {
			return nil, err
		}
		return qitechWriter{key, opts.APIKey, opts.AccountKey, target.RequestURI()}, nil
	default:
		return nil, fmt.Errorf("webhook dialect %q: want qbit, interlace or qitech", opts.Dialect)
	}
}

// Start looks and sends in the background until Close. A virtual clock wants Flush.
func (n *Notifier) Start() {
	n.work.Go(func() {
		for n.opts.Clock.Sleep(n.ctx, n.opts.Interval) == nil {
			n.collect()
		}
	})
	for range workers {
		n.work.Go(func() {
			for {
				select {
				case l := <-n.queue:
					n.deliver(n.ctx, l)
				case <-n.ctx.Done():
					return
				}
			}
		})
	}
}

// Close ends what runs in the background; messages that wait are lost.
func (n *Notifier) Close() {
	n.cancel()
	n.work.Wait()
}

// Flush sends what has happened and what waits, in the caller's goroutine, retries and
// all. They wait on the Clock.
func (n *Notifier) Flush(ctx context.Context) {
	n.collect()
	for {
		select {
		case l := <-n.queue:
			n.deliver(ctx, l)
		default:
			return
		}
	}
}

// Counts are what has become of the messages so far.
func (n *Notifier) Counts() Counts {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.counts
}

func (n *Notifier) count(what func(*Counts)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	what(&n.counts)
}

// collect queues what has happened since it last looked.
func (n *Notifier) collect() {
	n.mu.Lock()
	events := n.feed.Next()
	n.mu.Unlock()
	for _, e := range events {
		if n.opts.Account != "" && e.Card.Account != n.opts.Account {
			continue
		}
		if said, told := n.writer.news(e); told {
			_, _ = n.post(said, e.Card.ID, n.chance()) // a full queue drops, and counts it
		}
	}
}

// chance draws the fault of a message.
func (n *Notifier) chance() Fault {
	for _, fault := range faults {
		if p := n.opts.Chances[fault]; p > 0 && n.opts.Random.Chance(p) {
			return fault
		}
	}
	return ""
}

// post writes a letter and queues it.
func (n *Notifier) post(said news, cardID string, fault Fault) (string, error) {
	l, err := n.writer.write(n.opts.Random.UUID(), said, n.opts.Clock.Now(), fault == Unsigned)
	if err != nil {
		return "", err
	}
	l.cardID, l.fault = cardID, fault
	select {
	case n.queue <- l:
		n.count(func(c *Counts) { c.Queued++ })
		return l.id, nil
	default:
		n.count(func(c *Counts) { c.Dropped++ })
		return "", ErrFull
	}
}

// Request asks for one message.
type Request struct {
	// Event is "card", what the issuer sends when a card changes, or "otp".
	Event string
	// CardID of any account of the notifier.
	CardID string
	// Code of event otp; default six digits from Random.
	Code string
	// ExpiresIn is how long the code lives; 0 does not say.
	ExpiresIn time.Duration
	// Fault that befalls it, if any.
	Fault Fault
}

// Send queues one message and returns its id.
func (n *Notifier) Send(r Request) (string, error) {
	card, found := n.card(r.CardID)
	if !found {
		return "", ledger.ErrUnknownCard
	}
	var said news
	var told bool
	switch r.Event {
	case "card":
		said, told = n.writer.news(ledger.Event{News: ledger.CardUpdated, Card: card, Was: card.State})
	case "otp":
		if r.Code == "" {
			r.Code = n.opts.Random.Digits(6)
		}
		said, told = n.writer.otp(card, r.Code, r.ExpiresIn)
	default:
		return "", errors.New(`event: want "card" or "otp"`)
	}
	if !told {
		return "", fmt.Errorf("the dialect %s has no event %q for this card", n.opts.Dialect, r.Event)
	}
	return n.post(said, card.ID, r.Fault)
}

func (n *Notifier) card(id string) (ledger.Card, bool) {
	for _, card := range n.ledger.Snapshot().Cards {
		if card.ID == id && (n.opts.Account == "" || card.Account == n.opts.Account) {
			return card, true
		}
	}
	return ledger.Card{}, false
}
