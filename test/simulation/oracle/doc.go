// Package oracle judges a world after its history, from the issuer's books and the API
// server's log alone: it knows nothing of how the operator works. The letters are those of
// the catalogue of oracles in docs/money-safety.md.
package oracle
