package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// branch is a piece of code that runs because of an error or a verdict, or that makes one.
type branch struct {
	pkg, file, function string
	// snippet is the condition, the case or the return statement, on one line.
	snippet  string
	line     int
	at       token.Position
	executed bool
	exempt   bool
}

// branchesOf finds the error branches of a package.
func branchesOf(s source) []branch {
	var found []branch
	makers := makersOf(s)
	for _, file := range s.files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			w := walker{source: s, function: nameOf(f), makers: makers}
			ast.Inspect(f.Body, w.visit)
			slices.SortStableFunc(w.found, func(a, b branch) int { return cmp.Compare(a.at.Offset, b.at.Offset) })
			found = append(found, w.found...)
		}
	}
	return numbered(found)
}

type walker struct {
	source
	function string
	makers   map[types.Object]bool
	found    []branch
}

func (w *walker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		w.ifStatement(n)
	case *ast.SwitchStmt:
		w.switchStatement(n)
	case *ast.TypeSwitchStmt:
		if w.speaksOfErrors(n.Assign) {
			w.clauses(n.Body, func(*ast.CaseClause) bool { return true })
		}
	case *ast.ReturnStmt:
		if slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return w.makesError(e, w.makers) || w.makesVerdict(e) }) {
			w.add(n.Pos(), "return "+w.texts(n.Results))
		}
	}
	return true
}

func (w *walker) ifStatement(n *ast.IfStmt) {
	asserts := n.Init != nil && w.assertsError(n.Init)
	if !asserts && !w.speaksOfErrors(n.Cond) {
		return
	}
	snippet := w.text(n.Cond)
	if n.Init != nil {
		snippet = w.text(n.Init) + "; " + snippet
	}
	w.add(start(n.Body), "if "+snippet)
	if other, ok := n.Else.(*ast.BlockStmt); ok {
		w.add(start(other), "else of if "+snippet)
	}
}

func (w *walker) switchStatement(n *ast.SwitchStmt) {
	if n.Tag != nil && w.speaksOfErrors(n.Tag) {
		w.clauses(n.Body, func(*ast.CaseClause) bool { return true })
		return
	}
	about := func(c *ast.CaseClause) bool {
		return slices.ContainsFunc(c.List, func(e ast.Expr) bool { return w.speaksOfErrors(e) })
	}
	some := slices.ContainsFunc(n.Body.List, func(s ast.Stmt) bool {
		c, ok := s.(*ast.CaseClause)
		return ok && about(c)
	})
	w.clauses(n.Body, func(c *ast.CaseClause) bool { return some && (c.List == nil || about(c)) })
}

func (w *walker) clauses(body *ast.BlockStmt, wanted func(*ast.CaseClause) bool) {
	for _, s := range body.List {
		c, ok := s.(*ast.CaseClause)
		if !ok || !wanted(c) {
			continue
		}
		at := c.Colon + 1
		if len(c.Body) > 0 {
			at = c.Body[0].Pos()
		}
		if c.List == nil {
			w.add(at, "default")
			continue
		}
		w.add(at, "case "+w.texts(c.List))
	}
}

func (w *walker) add(pos token.Pos, snippet string) {
	at := w.position(pos)
	w.found = append(w.found, branch{
		pkg: w.path, file: at.Filename, function: w.function, snippet: shorten(snippet), line: at.Line, at: at,
	})
}

// start is where the first statement of a block is, or its inside.
func start(b *ast.BlockStmt) token.Pos {
	if len(b.List) > 0 {
		return b.List[0].Pos()
	}
	return b.Lbrace + 1
}

func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	var name string
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name + "." + f.Name.Name
}

// numbered tells branches of one function apart that read alike.
func numbered(found []branch) []branch {
	seen := map[string]int{}
	for i := range found {
		b := &found[i]
		key := b.key()
		seen[key]++
		if n := seen[key]; n > 1 {
			b.snippet += fmt.Sprintf(" (%d)", n)
		}
	}
	return found
}

// distinct looks the branches up in a profile. A return that is all of an if's body is
// one branch with it: they are one block.
func distinct(found []branch, p profile) []branch {
	type place struct {
		file string
		block
	}
	seen := map[place]bool{}
	var kept []branch
	for _, b := range found {
		in, known := p.at(b.at)
		if known && seen[place{b.file, in}] {
			continue
		}
		seen[place{b.file, in}] = known
		b.executed = known && in.executed
		kept = append(kept, b)
	}
	return kept
}

const maxSnippet = 90

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxSnippet {
		return text[:maxSnippet]
	}
	return text
}
