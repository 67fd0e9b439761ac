// Package paging reads a paged list to its end, or fails: a list is complete or it is an
// error. Rows may come twice, a server may grant less than was asked for, and a total may
// be missing, wrong, or that of the page.
package paging
