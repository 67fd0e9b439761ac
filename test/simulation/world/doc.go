// Package world runs the whole operator in one goroutine under a virtual clock: the very
// controllers, engine and adapter that the manager runs, several processes of them at
// once, against a model API server and the sandbox issuer without a socket. Every call
// that leaves a process is a boundary, counted and open to faults; everything that
// happens follows from the plan, so that the same plan gives the same trace, byte for
// byte.
//
// A process works on one object at a time. Between calls it holds the world; at a call it
// may give way to the others, so that processes interleave at every boundary. What two
// workers of one process do to each other is tested with the race detector elsewhere.
package world
