// Package fault makes a server fail on purpose, by a script. It wraps any http.Handler
// and knows nothing of what that serves.
//
// Rules are added from Go (Plan.Add), from a file (Load), or over HTTP (Plan.Admin):
//
//	POST   /sandbox/faults       one rule, or an array of rules  -> 201 {"ids": [...]}
//	GET    /sandbox/faults       the rules with their matches and hits
//	DELETE /sandbox/faults       removes all
//	DELETE /sandbox/faults/{id}  removes one
//
// For instance, the third transfer commits and its answer is lost:
//
//	{"method": "POST", "path": "/open-api/v1/cards/transfer/*", "nth": 3, "do": "commit-drop"}
//
// and one request in twenty is told to come back in two seconds:
//
//	{"path": "/open-api/**", "probability": 0.05, "do": "refuse", "status": 429, "retryAfter": 2}
package fault
