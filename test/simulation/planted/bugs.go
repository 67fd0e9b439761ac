package planted

// Bug is one planted bug.
type Bug struct {
	Name string
	// Like says where such a bug was seen.
	Like string
	// Edits put it in place.
	Edits []Edit
	// Where to look first: words of a plan, a fault's or a scenario's.
	Where string
}

// Edit replaces one piece of text, which must be there exactly once.
type Edit struct{ File, Old, New string }

const (
	pursue   = "internal/engine/pursue.go"
	protocol = "internal/engine/protocol.go"
	save     = "internal/engine/save.go"
	removal  = "internal/engine/removal.go"
	reach    = "internal/funding/reach.go"
	purse    = "internal/funding/purse.go"
	cards    = "internal/controller/virtualcard/"
	payments = "internal/controller/withdrawal/"
)

// Bugs are all of them.
func Bugs() []Bug {
	var all []Bug
	for _, list := range [][]Bug{protocolBugs(), moneyBugs(), lifecycleBugs(), secretBugs(), mirrorBugs()} {
		all = append(all, list...)
	}
	return all
}

func protocolBugs() []Bug {
	return []Bug{
		{"new-id-per-attempt", "clients that mint a key per HTTP call", []Edit{
			{reach, `Amount: amount, ClientID: in.ID}`, `Amount: amount, ClientID: planted.Fresh("new-id-per-attempt", in.ID)}`},
			{payments + "controller.go", `ClientID: rd.paymentID,`, `ClientID: planted.Fresh("new-id-per-attempt", rd.paymentID),`},
		}, ""},
		{"claim-after-send", "create, then write the status (ACK)", []Edit{
			{pursue, `	if err := e.claim(ctx, o); err != nil {
		return Pursuit{}, &writeError{err}
	}`, `	if planted.On("claim-after-send") {
		sendErr := f.Send(ctx, issuer.Permit{NotAfter: intent.ClaimedAt.Add(f.Promise.Timing.Window)})
		if err := e.claim(ctx, o); err != nil {
			return Pursuit{}, &writeError{err}
		}
		e.sent.Store(o.GetUID(), intent)
		return e.answered(ctx, o, f, intent, sendErr)
	}
	if err := e.claim(ctx, o); err != nil {
		return Pursuit{}, &writeError{err}
	}`},
		}, ""},
		{"claim-without-version", "last writer wins", []Edit{
			{save, `	e.date(o)
	return e.update(ctx, o)
}

// update`, `	e.date(o)
	if live, ok := o.DeepCopyObject().(client.Object); ok && planted.On("claim-without-version") && e.Reader.Get(ctx, client.ObjectKeyFromObject(o), live) == nil {
		o.SetResourceVersion(live.GetResourceVersion())
	}
	return e.update(ctx, o)
}

// update`},
		}, ""},
		{"claim-error-ignored", "an error that is logged and forgotten", []Edit{
			{save, `	if err := e.holdOnTo(ctx, o); err != nil {
		return err
	}
	e.date(o)`, `	if err := e.holdOnTo(ctx, o); err != nil {
		return err
	}
	if planted.On("claim-error-ignored") {
		_ = e.Client.Status().Update(ctx, o)
		return nil
	}
	e.date(o)`},
		}, ""},
		{"5xx-means-failed", "provider-http and most clients", []Edit{
			{pursue, `	switch issuer.OutcomeOf(sendErr) {
	case issuer.Accepted:`, `	outcome := issuer.OutcomeOf(sendErr)
	if planted.On("5xx-means-failed") && outcome == issuer.Unknown {
		o.Ledger().Intent = nil
		return Pursuit{}, &Refusal{sendErr}
	}
	if planted.On("429-means-failed") && outcome == issuer.Deferred {
		o.Ledger().Intent = nil
		return Pursuit{}, &Refusal{sendErr}
	}
	if planted.On("lost-means-accepted") && outcome == issuer.Unknown {
		o.Ledger().Intent = nil
		return Pursuit{End: EndHappened, Unlisted: true}, nil
	}
	switch outcome {
	case issuer.Accepted:`},
		}, ""},
		{"429-means-failed", "every error recorded as a failure (Crossplane)", nil, "throttle"},
		{"lost-means-accepted", "a time-out taken for success", nil, ""},
		{"absent-once-means-never", "a 404 taken for never created", []Edit{
			{protocol, `	landed := claimed.Add(p.Timing.InFlight())
`, `	landed := claimed.Add(p.Timing.InFlight())
	if planted.On("absent-once-means-never") {
		return Verdict{Step: StepSendAgain}
	}
	if planted.On("in-flight-forgotten") {
		landed = claimed
	}
`},
		}, ""},
		{"parks-every-unknown", "a person is asked what a look would tell", []Edit{
			{protocol, `	claimed := in.ClaimedAt.Time
	if p.replays(in, now)`, `	claimed := in.ClaimedAt.Time
	if planted.On("parks-every-unknown") {
		return Verdict{Step: StepPark, At: now.Add(slowPoll)}
	}
	if p.replays(in, now)`},
		}, "drop"},
		{"in-flight-forgotten", "a call that is still under way when it is looked for", nil, "kill-late"},
		{"no-listing-lag", "read after write taken for granted", []Edit{
			{"internal/engine/timing.go", `	if creation && t.IssuingLag > t.ListingLag {`, `	if planted.On("no-listing-lag") {
		return 0
	}
	if creation && t.IssuingLag > t.ListingLag {`},
		}, ""},
		{"dropped-for-a-replay", "an order given up because it could be sent again", []Edit{
			{"internal/engine/effect.go", `	p.Replays = p.Replays && !f.Unwanted
`, `	p.Replays = p.Replays && (!f.Unwanted || planted.On("dropped-for-a-replay"))
`},
		}, "relied upon"},
		{"refund-counts", "a payment that came back told as paid", []Edit{
			{"internal/engine/tally.go", `	var kept []issuer.Movement
	for _, row := range own {
`, `	if planted.On("refund-counts") {
		return own
	}
	var kept []issuer.Movement
	for _, row := range own {
`},
		}, "comes back"},
		{"no-settle-wait", "a lost status taken for a new object", []Edit{
			{"internal/engine/lifecycle.go", `	since := o.Ledger().SettlingSince
	if since == nil {`, `	since := o.Ledger().SettlingSince
	if planted.On("no-settle-wait") {
		return 0
	}
	if since == nil {`},
		}, ""},
		{"old-claim-sent", "a paused leader goes on where it was", []Edit{
			{"internal/issuer/transport/request.go", `	return !p.NotAfter.IsZero() &&`, `	return !planted.On("old-claim-sent") && !p.NotAfter.IsZero() &&`},
		}, "second replica"},
		{"call-sent-again-below", "a retry inside the HTTP client (elizaOS#10930)", []Edit{
			{"internal/issuer/transport/client.go", `	if err != nil {
		return Response{}, r.sendError(err, once)
	}`, `	if err != nil && planted.On("call-sent-again-below") {
		hr, once, _ = c.httpRequest(ctx, r)
		answer, err = c.network.RoundTrip(hr)
	}
	if err != nil {
		return Response{}, r.sendError(err, once)
	}`},
		}, ""},
		{"claimed-ahead-forgotten", "a batch that counts as done when its first part is", []Edit{
			{"internal/engine/ahead.go", `	return &next
`, `	if planted.On("claimed-ahead-forgotten") {
		return nil
	}
	return &next
`},
		}, "at a quick issuer"},
		{"cached-look", "a cached read in place of a fresh one (Sieve, stale)", []Edit{
			{"internal/mirror/mirror.go", `	asked := p.clock.Now()
`, `	asked := p.clock.Now()
	if planted.On("cached-look") {
		since = since.Add(-10 * time.Minute)
	}
`},
			{"internal/mirror/mirror.go", `	defer p.mu.Unlock()
	p.taken = time.Time{}
	p.changes++`, `	defer p.mu.Unlock()
	if planted.On("cached-look") {
		return
	}
	p.taken = time.Time{}
	p.changes++`},
		}, ""},
		{"conflict-written-over", "a retry on conflict that forces its way", []Edit{
			{save, `	if !apierrors.IsConflict(err) {
		return err
	}`, `	if planted.On("conflict-written-over") && apierrors.IsConflict(err) {
		if live, ok := o.DeepCopyObject().(client.Object); ok && e.Reader.Get(ctx, client.ObjectKeyFromObject(o), live) == nil {
			o.SetResourceVersion(live.GetResourceVersion())
		}
		return e.Client.Status().Update(ctx, o)
	}
	if !apierrors.IsConflict(err) {
		return err
	}`},
		}, "freeze"},
		{"refusal-believed-at-once", "a twin's refusal taken for the payment's", []Edit{
			{pursue, `return f.Promise.MustShow || in.Attempt > 1`, `return !planted.On("refusal-believed-at-once") && (f.Promise.MustShow || in.Attempt > 1)`},
		}, "twice"},
		{"mumbling-believed", "a refusal that no document explains taken for a no", []Edit{
			{pursue, `if issuer.IsDoubtful(no) {`, `if !planted.On("mumbling-believed") && !planted.On("refusal-believed-at-once") && issuer.IsDoubtful(no) {`},
		}, "mumble"},
	}
}

func moneyBugs() []Bug {
	return []Bug{
		{"intent-dropped-on-edit", "a new spec forgets what is under way", []Edit{
			{reach, `	if !p.owns(in) {
		return nil
	}
	return p.pursue(ctx, e, *in)`, `	if !p.owns(in) {
		return nil
	}
	if planted.On("intent-dropped-on-edit") && p.Object.Common().ObservedGeneration != p.Object.GetGeneration() {
		p.Object.Ledger().Intent = nil
		*p.Count++
		return nil
	}
	return p.pursue(ctx, e, *in)`},
		}, ""},
		{"float-money", "amounts through floating point: 33.33 is 33.33000183105469", []Edit{
			{purse, `		Amount:   diff.Abs().String(),`, `		Amount:   floated(diff.Abs().String()),`},
			{purse, `// owns reports whether`, `func floated(text string) string {
	if !planted.On("float-money") {
		return text
	}
	var f float32
	_, _ = fmt.Sscan(text, &f)
	return fmt.Sprint(float64(f))
}

// owns reports whether`},
		}, ""},
		{"whole-amount-again", "the total is sent where the difference is meant", []Edit{
			{purse, `	diff := target.Sub(sum)
`, `	diff := target.Sub(sum)
	if planted.On("whole-amount-again") && !diff.IsZero() {
		diff = target
	}
`},
		}, ""},
		{"sequence-from-nothing", "numbers counted anew after a lost status", []Edit{
			{reach, `	tally := engine.Count(rows, p.RemoteID, p.Purpose, 0)
`, `	tally := engine.Count(rows, p.RemoteID, p.Purpose, 0)
	if planted.On("sequence-from-nothing") {
		tally = engine.Tally{}
	}
`},
		}, ""},
		{"others-money-counted", "what somebody else put in taken for one's own", []Edit{
			{reach, `	tally := engine.Count(rows, p.RemoteID, p.Purpose, 0)
`, `	tally := engine.Count(rows, p.RemoteID, p.Purpose, 0)
	for _, row := range rows {
		if planted.On("others-money-counted") && row.ClientID == "" && row.Kind == issuer.MovementIn {
			tally.Net = tally.Net.Add(row.Amount)
		}
	}
`},
		}, "console"},
		{"pays-the-first-payee", "a name that is looked up by its place in a list", []Edit{
			{payments + "parties.go", `	name := rd.wd.Spec.BeneficiaryRef.Name
	var payee v1alpha1.Beneficiary
`, `	name := rd.wd.Spec.BeneficiaryRef.Name
	var payee v1alpha1.Beneficiary
	if all := (v1alpha1.BeneficiaryList{}); planted.On("pays-the-first-payee") && api.List(ctx, &all) == nil && len(all.Items) > 0 {
		name = all.Items[len(all.Items)-1].Name
	}
`},
		}, "another payee"},
		{"sum-not-recalled", "what was put in is forgotten with the status", []Edit{
			{reach, `	sum, count := p.Opening.Add(tally.Net), tally.Last
`, `	sum, count := p.Opening.Add(tally.Net), tally.Last
	if planted.On("sum-not-recalled") {
		sum = p.Opening
	}
`},
		}, ""},
		{"booked-twice", "a movement counted by the answer and by the list", []Edit{
			{reach, `		*p.Sum = sum.Add(p.moved(in, row)).String()
`, `		*p.Sum = sum.Add(p.moved(in, row)).String()
		if planted.On("booked-twice") && e.Clock.Now().Sub(in.ClaimedAt.Time) > 10*time.Second {
			*p.Sum = money.Must(*p.Sum).Add(p.moved(in, row)).String()
		}
`},
		}, ""},
		{"old-status-believed", "a restored backup taken for the truth", []Edit{
			{reach, `	if p.Frozen == nil || listed || err != nil {`, `	if planted.On("old-status-believed") || p.Frozen == nil || listed || err != nil {`},
		}, "old status"},
		{"id-from-uid", "names that change when an object is made again (ACK#2062)", []Edit{
			{payments + "controller.go", `		rd.paymentID = id.Payment(acct.OwnerID, wd.Namespace, wd.Name)
`, `		rd.paymentID = id.Payment(acct.OwnerID, wd.Namespace, wd.Name)
		if planted.On("id-from-uid") {
			rd.paymentID = id.Payment(acct.OwnerID, wd.Namespace, string(wd.UID))
		}
`},
			{cards + "find.go", `	return id.Token(rd.account.OwnerID, "VirtualCard", rd.card.Namespace, rd.card.Name, incarnation)
}`, `	if planted.On("id-from-uid") {
		return id.Token(rd.account.OwnerID, "VirtualCard", rd.card.Namespace, string(rd.card.UID), incarnation)
	}
	return id.Token(rd.account.OwnerID, "VirtualCard", rd.card.Namespace, rd.card.Name, incarnation)
}`},
		}, ""},
		{"first-look-skipped", "a new object is taken for one that was never paid", []Edit{
			{payments + "controller.go", `	if rd.wd.Status.Intent == nil {
		if seen, err`, `	if rd.wd.Status.Intent == nil && !planted.On("first-look-skipped") {
		if seen, err`},
			{pursue, `	switch seen.Presence {
	case Happened:
		return Pursuit{End: EndHappened, Sighting: seen}, nil
	case Failed:
		return Pursuit{End: EndFailed, Sighting: seen}, nil
	case Pending:`, `	if planted.On("first-look-skipped") {
		seen.Presence = Absent
	}
	switch seen.Presence {
	case Happened:
		return Pursuit{End: EndHappened, Sighting: seen}, nil
	case Failed:
		return Pursuit{End: EndFailed, Sighting: seen}, nil
	case Pending:`},
		}, ""},
		{"payment-let-go-at-once", "deleting forgets what may have been sent", []Edit{
			{payments + "remove.go", `		Settled: ended(wd),`, `		Settled: ended(wd) || planted.On("payment-let-go-at-once"),`},
		}, ""},
	}
}
