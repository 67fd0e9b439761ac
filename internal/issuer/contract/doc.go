// Package contract holds the suite that every adapter must pass against the sandbox, over
// HTTP: what the port promises is kept, by each dialect alike, and every capability is told
// truthfully. A new adapter is a new row in subjects (subjects_test.go).
package contract
