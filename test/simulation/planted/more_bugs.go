package planted

func lifecycleBugs() []Bug {
	return []Bug{
		{"finalizer-off-on-error", "leaked resources of many operators", []Edit{
			{removal, `		if err := removal.Finish(ctx); err != nil {
`, `		if err := removal.Finish(ctx); err != nil {
			if planted.On("finalizer-off-on-error") && !IsWrite(err) && Explain(err).Severity == Transient {
				return e.Release(ctx, o)
			}
`},
		}, "drop"},
		{"finalizer-never-off", "objects that cannot be deleted", []Edit{
			{save, `func (e *Engine) Release(ctx context.Context, o v1alpha1.Object) error {
	if !controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {`, `func (e *Engine) Release(ctx context.Context, o v1alpha1.Object) error {
	if planted.On("finalizer-never-off") || !controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {`},
		}, ""},
		{"drain-forgotten", "money left behind in what is deleted", []Edit{
			{"internal/controller/budget/remove.go", `	if err := rd.takeBack(ctx); err != nil {
		return err
	}
	return rd.close(ctx)`, `	if planted.On("drain-forgotten") {
		return rd.close(ctx)
	}
	if err := rd.takeBack(ctx); err != nil {
		return err
	}
	return rd.close(ctx)`},
		}, ""},
		{"no-finalizer", "an effect before the finalizer is on", []Edit{
			{save, `	if controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	began :=`, `	if planted.On("no-finalizer") {
		return nil
	}
	if controllerutil.ContainsFinalizer(o, v1alpha1.Finalizer) {
		return nil
	}
	began :=`},
		}, ""},
		{"deleted-before-resolved", "an order under way is forgotten with its object", []Edit{
			{cards + "remove.go", `	exists, err := rd.findForRemoval(ctx)
`, `	if in := rd.card.Status.Intent; planted.On("deleted-before-resolved") && in != nil {
		return nil
	}
	exists, err := rd.findForRemoval(ctx)
`},
		}, ""},
		{"never-closed", "the finalizer goes before the remote object", []Edit{
			{cards + "remove.go", `	step := decideRetirement(`, `	if planted.On("never-closed") {
		return nil
	}
	step := decideRetirement(`},
		}, ""},
		{"always-the-first-card", "a closed card found again for a new object", []Edit{
			{cards + "find.go", `	for incarnation := from; ; incarnation++ {
		tagged`, `	for incarnation := from; ; incarnation++ {
		recreated = recreated && !planted.On("always-the-first-card")
		tagged`},
		}, ""},
		{"unfreeze-forgotten", "a state that is only ever set one way", []Edit{
			{cards + "state.go", `		if wanted != v1alpha1.CardFrozen {
			return StateUnfreeze, nil`, `		if wanted != v1alpha1.CardFrozen && !planted.On("unfreeze-forgotten") {
			return StateUnfreeze, nil`},
		}, ""},
		{"drift-not-seen", "the status taken for the truth", []Edit{
			{cards + "find.go", `	rd.remote = card
	return nil
}

func (rd *round) look(`, `	if planted.On("drift-not-seen") && rd.card.Status.State != "" {
		card.State = issuer.State(rd.card.Status.State)
	}
	rd.remote = card
	return nil
}

func (rd *round) look(`},
		}, ""},
		{"ended-begins-again", "a terminal state that is left", []Edit{
			{payments + "controller.go", `	return wd.Status.State == StateClosed || wd.Status.State == StateFail
`, `	if planted.On("ended-begins-again") && wd.DeletionTimestamp == nil {
		if wd.Status.State == StateClosed {
			wd.Status.State = StatePending
		}
		return false
	}
	return wd.Status.State == StateClosed || wd.Status.State == StateFail
`},
		}, ""},
		{"looked-at-for-ever", "a poll that never ends (found here by the simulation)", []Edit{
			{cards + "controller.go", `	return engine.AfterSettling(rd.card, rd.account.Timing, rd.Clock.Now(), after)
`, `	if planted.On("looked-at-for-ever") {
		return rd.account.Timing.Poll
	}
	return engine.AfterSettling(rd.card, rd.account.Timing, rd.Clock.Now(), after)
`},
		}, ""},
		{"written-every-round", "a status that is written although nothing changed", []Edit{
			{"internal/controller/cardissuer/controller.go", `	ci.Status.Counts = &counts
`, `	ci.Status.Counts = &counts
	if planted.On("written-every-round") {
		counts.Budgets = int32(r.Clock.Now().Unix() % 1000)
	}
`},
		}, ""},
		{"garbage-panics", "a crash on an answer that cannot be read", []Edit{
			{"internal/mirror/pictures.go", `func sweepCards(ctx context.Context, directory issuer.Directory, began time.Time) (Cards, error) {
	rows, err := directory.ListCards(ctx)
`, `func sweepCards(ctx context.Context, directory issuer.Directory, began time.Time) (Cards, error) {
	rows, err := directory.ListCards(ctx)
	if planted.On("garbage-panics") && err != nil {
		return Cards{}, []error{}[len(rows)]
	}
`},
		}, ""},
	}
}

func secretBugs() []Bug {
	return []Bug{
		{"secret-overwritten", "a Secret of somebody else (ESO CVE-2026-42876)", []Edit{
			{"internal/cardsecret/keeper.go", `	if !ownedBy(meta, card.UID) {
		return nil, taken(name)
	}`, `	if !ownedBy(meta, card.UID) && !planted.On("secret-overwritten") {
		return nil, taken(name)
	}`},
			{"internal/cardsecret/keeper.go", `			WithName(card.Name).WithUID(card.UID).WithController(true).WithBlockOwnerDeletion(true)).
		WithData(content.data(keys))
`, `			WithName(card.Name).WithUID(card.UID).WithController(true).WithBlockOwnerDeletion(true)).
		WithData(content.data(keys))
	if planted.On("secret-overwritten") && mine != nil && !ownedBy(mine, card.UID) {
		secret = secret.WithType("Opaque")
	}
`},
		}, ""},
		{"lost-secret-not-seen", "a Secret that somebody deleted stays away", []Edit{
			{"internal/cardsecret/keeper.go", `	if known != "" {
		cached`, `	if known != "" && planted.On("lost-secret-not-seen") {
		return known, nil
	}
	if known != "" {
		cached`},
		}, ""},
		{"number-in-an-event", "a number in a message (CVE-2025-7445 and kin)", []Edit{
			{cards + "secret.go", `	if err := cardsecret.Check(secrets, lastFour, bin); err != nil {`, `	if planted.On("number-in-an-event") {
		rd.Tell(rd.card, "Revealed", "Secret", "card %s", secrets.PAN.Reveal())
	}
	if err := cardsecret.Check(secrets, lastFour, bin); err != nil {`},
		}, ""},
		{"number-in-status", "a response kept whole in the status (provider-http)", []Edit{
			{cards + "secret.go", `	return cardsecret.FromCard(secrets,`, `	if planted.On("number-in-status") {
		rd.card.Status.Network += secrets.PAN.Reveal()
	}
	return cardsecret.FromCard(secrets,`},
		}, ""},
		{"another-cards-number", "the number of another card in the Secret", []Edit{
			{"internal/cardsecret/keeper.go", `	var keys map[string]v1alpha1.SecretKey
`, `	if planted.On("another-cards-number") && content != nil {
		content["pan"] = content["lastFour"]
	}
	var keys map[string]v1alpha1.SecretKey
`},
		}, ""},
	}
}
