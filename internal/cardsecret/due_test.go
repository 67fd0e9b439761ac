package cardsecret

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

var epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func every(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }

func written(spec v1alpha1.CardSecretSpec, change ...func(*v1alpha1.CardSecretStatus)) *v1alpha1.CardSecretStatus {
	at := metav1.NewTime(epoch)
	st := &v1alpha1.CardSecretStatus{ResourceVersion: "7", Request: Digest(spec), AskedAt: &at, WrittenAt: &at, AskedBy: "old"}
	for _, c := range change {
		c(st)
	}
	return st
}

func TestDecide(t *testing.T) {
	plain := v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeCard}
	mark := v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeFingerprint}
	short := v1alpha1.CardSecretSpec{ExpireAfter: every(time.Hour)}
	fresh := v1alpha1.CardSecretSpec{RefreshInterval: every(time.Minute)}
	both := v1alpha1.CardSecretSpec{RefreshInterval: every(time.Minute), ExpireAfter: every(time.Hour)}
	expired := func(s *v1alpha1.CardSecretStatus) { s.Expired = true }
	for name, c := range map[string]struct {
		why            string
		spec           v1alpha1.CardSecretSpec
		st             *v1alpha1.CardSecretStatus
		version, token string
		after          time.Duration
		want           Due
		next           time.Duration // 0: never
	}{
		"never written":                 {"it is asked for", plain, nil, "", "", 0, DueWrite, 0},
		"written":                       {"mode Card fetches once", plain, written(plain), "7", "", 1000 * time.Hour, DueNothing, 0},
		"another request":               {"the keys changed", plain, written(short, func(s *v1alpha1.CardSecretStatus) { s.Request = "x" }), "7", "", 0, DueWrite, 0},
		"a status of before the field":  {"when it was asked for is not known", plain, written(plain, func(s *v1alpha1.CardSecretStatus) { s.AskedAt = nil }), "7", "", 0, DueWrite, 0},
		"somebody deleted it":           {"pods wait for it", plain, written(plain), "", "", 0, DueWrite, 0},
		"somebody changed it":           {"what pods mount must be the card", plain, written(plain), "8", "", 0, DueWrite, 0},
		"a new token on a full one":     {"look-now is no reason to fetch a card number", plain, written(plain), "7", "new", 0, DueNothing, 0},
		"a fingerprint, new":            {"it is looked at when it is due", mark, written(mark), "7", "", 0, DueNothing, 4 * time.Minute},
		"a fingerprint, old":            {"it lives for minutes", mark, written(mark), "7", "", 4 * time.Minute, DueWrite, 0},
		"refresh, a moment early":       {"not yet", fresh, written(fresh), "7", "", time.Minute - 1, DueNothing, time.Minute},
		"refresh, due":                  {"now", fresh, written(fresh), "7", "", time.Minute, DueWrite, 0},
		"refresh, when written unknown": {"there is nothing to count from", fresh, written(fresh, func(s *v1alpha1.CardSecretStatus) { s.WrittenAt = nil }), "7", "", time.Hour, DueNothing, 0},
		"expiry, a moment early":        {"not yet", short, written(short), "7", "", time.Hour - 1, DueNothing, time.Hour},
		"expiry, due":                   {"its time is over", short, written(short), "7", "", time.Hour, DueEmpty, 0},
		"expiry before a write":         {"an expired card is not written once more", short, written(short), "", "", time.Hour, DueEmpty, 0},
		"emptied":                       {"done", short, written(short, expired), "7", "", 2 * time.Hour, DueNothing, 0},
		"emptied, somebody refilled it": {"what was emptied stays empty", short, written(short, expired), "9", "", 2 * time.Hour, DueEmpty, 0},
		"emptied, the old token":        {"it was acted on before", short, written(short, expired), "7", "old", 2 * time.Hour, DueNothing, 0},
		"emptied, no token":             {"nobody asks", short, written(short, expired), "7", "", 2 * time.Hour, DueNothing, 0},
		"emptied, a new token":          {"somebody asks again", short, written(short, expired), "7", "new", 2 * time.Hour, DueWrite, 0},
		"both, the nearer one":          {"refresh comes before expiry", both, written(both), "7", "", 0, DueNothing, time.Minute},
		"both, at the expiry":           {"expiry goes before refresh", both, written(both), "7", "", time.Hour, DueEmpty, 0},
	} {
		t.Run(name, func(t *testing.T) {
			due, next := Decide(c.spec, c.st, c.version, c.token, epoch.Add(c.after))
			if due != c.want {
				t.Errorf("%s: got %s, want %s", c.why, due, c.want)
			}
			if c.next == 0 && !next.IsZero() || c.next != 0 && !next.Equal(epoch.Add(c.next)) {
				t.Errorf("%s: looked at next %v, want after %v", c.why, next, c.next)
			}
		})
	}
}

// Past its expiry nothing is ever written by itself, whatever else is true of the Secret.
func TestNothingIsWrittenPastItsExpiryUnasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := v1alpha1.CardSecretSpec{
			ExpireAfter: every(time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "expire"))),
			Mode:        rapid.SampledFrom([]v1alpha1.SecretMode{v1alpha1.SecretModeCard, v1alpha1.SecretModeFingerprint}).Draw(t, "mode"),
		}
		if rapid.Bool().Draw(t, "refreshed") {
			spec.RefreshInterval = every(time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "refresh")))
		}
		st := written(spec, func(s *v1alpha1.CardSecretStatus) { s.Expired = rapid.Bool().Draw(t, "expired") })
		version := rapid.SampledFrom([]string{"", "7", "8"}).Draw(t, "version")
		now := epoch.Add(spec.ExpireAfter.Duration + time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "late")))
		if due, _ := Decide(spec, st, version, rapid.SampledFrom([]string{"", "old"}).Draw(t, "token"), now); due == DueWrite {
			t.Fatal("a card number was written after its time")
		}
	})
}

// When nothing is due, the next look is in the future, or it would be due.
func TestTheNextLookIsInTheFuture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) *metav1.Duration {
			if !rapid.Bool().Draw(t, name) {
				return nil
			}
			return every(time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, name+" for")))
		}
		spec := v1alpha1.CardSecretSpec{ExpireAfter: some("expire"), RefreshInterval: some("refresh")}
		now := epoch.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "now")))
		due, next := Decide(spec, written(spec), "7", "", now)
		if due == DueNothing && !next.IsZero() && !next.After(now) {
			t.Fatalf("next look at %v, now is %v", next, now)
		}
	})
}

func TestAskedBeginsTheExpiryAnew(t *testing.T) {
	spec := v1alpha1.CardSecretSpec{Mode: v1alpha1.SecretModeCard}
	for name, c := range map[string]struct {
		why  string
		st   *v1alpha1.CardSecretStatus
		want bool
	}{
		"never written":   {"the first request", nil, true},
		"a refresh":       {"a refresh is no new request: a Secret would never expire", written(spec), false},
		"another request": {"new keys are a new request", written(spec, func(s *v1alpha1.CardSecretStatus) { s.Request = "x" }), true},
		"after expiry":    {"whoever asks again gets the whole time", written(spec, func(s *v1alpha1.CardSecretStatus) { s.Expired = true }), true},
	} {
		if got := Asked(spec, c.st); got != c.want {
			t.Errorf("%s: %s: got %v", name, c.why, got)
		}
	}
}

func TestDigestIsOfWhatIsWrittenAndNotOfWhen(t *testing.T) {
	spec := v1alpha1.CardSecretSpec{Name: "s", Mode: v1alpha1.SecretModeCard, Keys: map[string]v1alpha1.SecretKey{"pan": "NUMBER"}}
	same := *spec.DeepCopy()
	same.RefreshInterval, same.ExpireAfter = every(time.Minute), every(time.Hour)
	if Digest(spec) != Digest(same) || Digest(spec) == "" {
		t.Error("another interval fetches no card number")
	}
	if spec.RefreshInterval = every(time.Minute); Digest(spec) == "" || spec.RefreshInterval == nil {
		t.Error("digesting changes nothing")
	}
	for name, change := range map[string]func(*v1alpha1.CardSecretSpec){
		"name": func(s *v1alpha1.CardSecretSpec) { s.Name = "t" },
		"mode": func(s *v1alpha1.CardSecretSpec) { s.Mode = v1alpha1.SecretModeFingerprint },
		"keys": func(s *v1alpha1.CardSecretSpec) { s.Keys["pan"] = "OTHER" },
		"otp":  func(s *v1alpha1.CardSecretSpec) { s.OTP = true },
	} {
		other := *spec.DeepCopy()
		change(&other)
		if Digest(other) == Digest(spec) {
			t.Errorf("another %s is another request", name)
		}
	}
}

// A CVV that the issuer renews is fetched again soon after; one whose announced time has
// passed is not asked for all the time.
func TestARenewedCVVIsDue(t *testing.T) {
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: epoch.Add(d)} }
	for why, c := range map[string]struct {
		until *metav1.Time
		now   time.Duration
		due   Due
		next  time.Duration
	}{
		"not yet":                          {at(time.Hour), time.Minute, DueNothing, time.Hour + afterRenewal},
		"the moment it is renewed":         {at(time.Hour), time.Hour, DueNothing, time.Hour + afterRenewal},
		"renewed":                          {at(time.Hour), time.Hour + afterRenewal, DueWrite, 0},
		"soon renewed, not yet":            {at(10 * time.Second), 14 * time.Second, DueNothing, 15 * time.Second},
		"soon renewed":                     {at(10 * time.Second), 15 * time.Second, DueWrite, 0},
		"renewed when it was written":      {at(0), 59 * time.Second, DueNothing, time.Minute},
		"announced for the past, at first": {at(-time.Hour), 59 * time.Second, DueNothing, time.Minute},
		"announced for the past, later":    {at(-time.Hour), time.Minute, DueWrite, 0},
		"never renewed":                    {nil, 1000 * time.Hour, DueNothing, -1},
	} {
		written := &v1alpha1.CardSecretStatus{ResourceVersion: "1", AskedAt: at(0), WrittenAt: at(0), ValidUntil: c.until, Request: Digest(v1alpha1.CardSecretSpec{})}
		due, next := Decide(v1alpha1.CardSecretSpec{}, written, "1", "", epoch.Add(c.now))
		if due != c.due {
			t.Errorf("%s: %s, want %s", why, due, c.due)
		}
		if c.next > 0 && !next.Equal(epoch.Add(c.next)) || c.next < 0 && !next.IsZero() {
			t.Errorf("%s: next %v", why, next)
		}
	}
}
