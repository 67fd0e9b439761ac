package planted

const mirrorFile = "internal/mirror/mirror.go"

// mirrorBugs are ways for the shared picture of an account to be untrue.
func mirrorBugs() []Bug {
	return []Bug{
		{"mirror-skips-page", "a list whose last page is not read", []Edit{
			{"internal/mirror/pictures.go", `	pic := Cards{byID: `, `	if planted.On("mirror-skips-page") {
		rows = rows[:len(rows)/2]
	}
	pic := Cards{byID: `},
		}, ""},
		{"mirror-lags", "a cache that is taken for newer than it is", []Edit{
			{mirrorFile, `	p.err, p.taken = err, began
`, `	p.err, p.taken = err, began
	if planted.On("mirror-lags") {
		p.taken = began.Add(5 * time.Minute)
	}
`},
		}, ""},
		{"reconnected-and-nobody-woken", "a cache that begins anew and tells nobody", []Edit{
			{"internal/controller/cardissuer/sweep.go", `	changed.All = why.reconnected
`, `	changed.All = why.reconnected && !planted.On("reconnected-and-nobody-woken")
`},
		}, "rotate"},
	}
}
