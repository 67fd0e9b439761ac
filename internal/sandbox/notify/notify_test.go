package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

func TestQbit(t *testing.T) {
	s := newStage(t, Qbit)
	card := s.issue()
	if err := s.book.FreezeCard(card.ID); err != nil {
		t.Fatal(err)
	}
	s.Flush(context.Background())
	if got := s.kinds(checkQbit); got != "Card Frozen true, CardTransaction Closed true" {
		t.Error(got)
	}
	m := decode(s.box.all()[0].body)
	if data, _ := m["data"].(map[string]any); data["id"] != card.ID || m["id"] == "" {
		t.Errorf("%v", m)
	}
	s.want(Counts{Queued: 2, Delivered: 2})
	if _, err := s.Send(Request{Event: "otp", CardID: card.ID}); err == nil {
		t.Error("Qbit sends no codes")
	}
}

func TestInterlace(t *testing.T) {
	s := newStage(t, Interlace)
	card := s.issue()
	s.Flush(context.Background())
	if err := s.book.FreezeCard(card.ID); err != nil {
		t.Fatal(err)
	}
	s.Flush(context.Background())
	if err := s.book.CloseCard(card.ID, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(Request{Event: "otp", CardID: card.ID, Code: "123456", ExpiresIn: 5 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	s.Flush(context.Background())
	want := "CARD.CREATED ACTIVE true, CARD_TRANSACTION.CREATED CLOSED true, CARD.UPDATED FROZEN true, " +
		"CARD.3DS.OTP <nil> true, CARD.DELETED INACTIVE true, CARD_TRANSACTION.CREATED CLOSED true"
	if got := s.kinds(checkInterlace); got != want {
		t.Error(got)
	}
	all := s.box.all()
	resource, _ := decode(all[3].body)["resource"].(string)
	if otp := decode([]byte(resource)); otp["otp"] != "123456" || otp["expireTime"] != "300" || otp["cardId"] != card.ID {
		t.Errorf("%v", otp)
	}
	if at := all[3].header.Get("Timestamp"); at != fmt.Sprint(noon.UnixMilli()) {
		t.Errorf("timestamp %s", at)
	}
}

func TestQITech(t *testing.T) {
	s := newStage(t, QITech)
	card, err := s.book.IssueWalletCard(ledger.CardOrder{BIN: "400000", Reference: "program", Holder: ledger.Holder{FirstName: "A"}}, "created", ledger.Stage{After: time.Minute, State: ledger.Active})
	if err != nil {
		t.Fatal(err)
	}
	s.issue() // of another dialect
	s.Flush(context.Background())
	s.clock.Advance(time.Minute)
	s.Flush(context.Background())
	_, err = s.book.TurnCard(card.ID, func(ledger.Card) (ledger.Turn, error) {
		return ledger.Turn{State: ledger.StateInactive, Reason: "lost"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(Request{Event: "card", CardID: card.ID, Fault: Duplicate}); err != nil {
		t.Fatal(err)
	}
	s.box.answer = func(int) (int, string) { return 200, "" } // the status alone counts
	s.Flush(context.Background())
	want := "baas.prepaid_card.card <nil>->created true, baas.prepaid_card.card created->active true, " +
		"baas.prepaid_card.card active->lost true, baas.prepaid_card.card active->lost true, baas.prepaid_card.card active->lost true"
	if got := s.kinds(s.checkQITech); got != want {
		t.Error(got)
	}
	data, _ := decode(s.box.all()[0].body)["data"].(map[string]any)
	if data["account_key"] != "account-key" || data["program_key"] != "program" || data["card_key"] != card.ID || data["type"] != "virtual" {
		t.Errorf("%v", data)
	}
	s.want(Counts{Queued: 4, Delivered: 4})
	if _, err := s.Send(Request{Event: "otp", CardID: card.ID}); err == nil {
		t.Error("QI Tech sends no codes")
	}
}

func TestWhatIsRefusedIsTriedAgain(t *testing.T) {
	for name, answer := range map[string]func(int) (int, string){
		"status":       func(int) (int, string) { return 503, `{"received": true}` },
		"not received": func(int) (int, string) { return 200, `{"received": false}` },
		"no receipt":   func(int) (int, string) { return 200, "ok" },
		"redirect":     func(int) (int, string) { return 302, "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, Interlace, func(o *Options) { o.Retries = []time.Duration{time.Second, time.Minute} })
			card := s.issue()
			s.collect()
			for len(s.queue) > 0 {
				<-s.queue
			}
			s.box.answer = answer
			id, err := s.Send(Request{Event: "card", CardID: card.ID})
			if err != nil {
				t.Fatal(err)
			}
			s.Flush(context.Background())
			if all := s.box.all(); len(all) != 3 || decode(all[2].body)["id"] != id || all[2].header.Get("Timestamp") == all[0].header.Get("Timestamp") {
				t.Errorf("%d tries", len(all))
			}
			if c := s.Counts(); c.GivenUp != 1 || c.Retried != 2 || c.Delivered != 0 {
				t.Errorf("%+v", c)
			}
			s.box.answer = func(n int) (int, string) {
				if n == 4 {
					return 500, ""
				}
				return 200, `{"received": true}`
			}
			if _, err := s.Send(Request{Event: "card", CardID: card.ID}); err != nil {
				t.Fatal(err)
			}
			s.Flush(context.Background())
			if c := s.Counts(); c.Retried != 3 || c.Delivered != 1 {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	for fault, want := range map[Fault]string{
		Duplicate: "CARD.UPDATED ACTIVE true, CARD.UPDATED ACTIVE true",
		Corrupt:   "CARD.UPDATED ACTIVE false",
		Unsigned:  "CARD.UPDATED ACTIVE false",
		Stale:     "CARD.UPDATED ACTIVE true",
		Delay:     "CARD.UPDATED ACTIVE true",
	} {
		s := newStage(t, Interlace)
		card := s.issue()
		s.Flush(context.Background())
		s.box.mu.Lock()
		s.box.arrivals = nil
		s.box.mu.Unlock()
		if _, err := s.Send(Request{Event: "card", CardID: card.ID, Fault: fault}); err != nil {
			t.Fatal(err)
		}
		s.Flush(context.Background())
		if got := s.kinds(checkInterlace); got != want {
			t.Errorf("%s: %s", fault, got)
		}
		at := s.box.all()[0].header.Get("Timestamp")
		if want := map[Fault]string{Stale: fmt.Sprint(noon.Add(-time.Hour).UnixMilli()), Unsigned: "", Delay: fmt.Sprint(noon.Add(5 * time.Second).UnixMilli())}[fault]; (fault == Stale || fault == Unsigned || fault == Delay) && at != want {
			t.Errorf("%s: timestamp %q", fault, at)
		}
	}
	for _, dialect := range []Dialect{Qbit, QITech} {
		s := newStage(t, dialect, func(o *Options) { o.Chances = map[Fault]float64{Corrupt: 1} })
		s.issue()
		if _, err := s.book.IssueWalletCard(ledger.CardOrder{BIN: "400000"}, "created"); err != nil {
			t.Fatal(err)
		}
		s.Flush(context.Background())
		check := checkQbit
		if dialect == QITech {
			check = s.checkQITech
		}
		if got := s.kinds(check); got == "" || strings.Contains(got, "true") {
			t.Errorf("%s: %s", dialect, got)
		}
		l, err := s.writer.write("n", news{"Card", map[string]any{"id": "c"}}, noon, true)
		if err != nil || strings.Contains(string(l.body), "sign") {
			t.Errorf("%v, %s", err, l.body)
		}
		if h, err := l.sign(noon); err != nil || h.Get("Authorization") != "" {
			t.Errorf("%v, %v", err, h)
		}
	}
}

func TestAFullQueueDrops(t *testing.T) {
	s := newStage(t, Qbit, func(o *Options) { o.Queue = 1 })
	card := s.issue()
	s.collect()
	if _, err := s.Send(Request{Event: "card", CardID: card.ID}); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	s.want(Counts{Queued: 1, Dropped: 2})
}

func TestOtherAccountsAreNotTold(t *testing.T) {
	s := newStage(t, Interlace, func(o *Options) { o.Account = "acc-2" })
	card := s.issue()
	s.Flush(context.Background())
	if _, err := s.Send(Request{Event: "card", CardID: card.ID}); !errors.Is(err, ledger.ErrUnknownCard) {
		t.Errorf("got %v", err)
	}
	s.want(Counts{})
}

func TestInTheBackground(t *testing.T) {
	box := newMailbox(t)
	l, err := ledger.New(ledger.Options{Accounts: []ledger.Account{{ID: "acc-1", Opening: money.Must("1000")}}, IssuingDelay: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(l, Options{Dialect: Qbit, URL: box.URL, Secret: secret, Interval: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	n.Start()
	book, err := l.Book("acc-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.OrderCards(ledger.CardOrder{Type: ledger.Prepaid, BIN: "493193", Funding: money.Must("1")}, 20); err != nil {
		t.Fatal(err)
	}
	for try := 0; try < 2000 && n.Counts().Delivered < 40; try++ {
		time.Sleep(5 * time.Millisecond)
	}
	n.Close()
	if c := n.Counts(); c.Delivered != 40 || len(box.all()) != 40 {
		t.Errorf("%+v, %d came", c, len(box.all()))
	}
}

// A receiver that hangs or is away is given up, and Close does not wait for it.
func TestAReceiverThatIsAway(t *testing.T) {
	s := newStage(t, Qbit, func(o *Options) { o.URL, o.Timeout = "http://127.0.0.1:1/", time.Second })
	s.issue()
	s.Flush(context.Background())
	s.want(Counts{Queued: 2, Retried: 6, GivenUp: 2})

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s.issue()
	s.Flush(ended)
	if c := s.Counts(); c.GivenUp != 2 || c.Delivered != 0 {
		t.Errorf("%+v", c)
	}
	if _, err := s.Send(Request{Event: "card", CardID: "none"}); err == nil {
		t.Error("no error")
	}
}
