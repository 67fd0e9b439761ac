package main

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// verdicts are the types that say how something went; a switch over one is as much an
// error branch as an if.
var verdicts = []string{
	"Outcome", "IntentOutcome", "Class", "Presence", "Step", "StateStep", "Due", "Decision", "Severity", "End", "MovementStatus", "Likeness",
}

var errorType, _ = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// speaksOfErrors reports whether an expression has a part that is an error or a verdict.
func (s source) speaksOfErrors(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if _, inner := n.(*ast.FuncLit); inner || found {
			return false
		}
		if e, ok := n.(ast.Expr); ok {
			t := s.info.TypeOf(e)
			found = isError(t) || isVerdict(t)
		}
		return !found
	})
	return found
}

// assertsError reports whether a statement asks an error for its concrete type.
func (s source) assertsError(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if a, ok := n.(*ast.TypeAssertExpr); ok && isError(s.info.TypeOf(a.X)) {
			found = true
		}
		return !found
	})
	return found
}

func isError(t types.Type) bool {
	if t == nil || t == types.Typ[types.UntypedNil] || t == types.Typ[types.Invalid] {
		return false
	}
	if _, many := t.(*types.Tuple); many {
		return false
	}
	return types.Implements(t, errorType) || types.Implements(types.NewPointer(t), errorType) && !types.IsInterface(t)
}

func isVerdict(t types.Type) bool {
	named, ok := t.(*types.Named)
	return ok && slices.Contains(verdicts, named.Obj().Name())
}

// makesError reports whether an expression is a new error, as opposed to nil or one that
// is passed on.
func (s source) makesError(e ast.Expr, makers map[types.Object]bool) bool {
	t := s.info.TypeOf(e)
	if !isError(t) {
		return false
	}
	if !types.IsInterface(t) {
		return true
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		f := s.called(e)
		return f != nil && (makers[f] || f.FullName() == "fmt.Errorf" || f.FullName() == "errors.New")
	case *ast.Ident:
		v, ok := s.info.Uses[e].(*types.Var)
		return ok && v.Parent() == v.Pkg().Scope()
	}
	return false
}

// makesVerdict reports whether an expression is a verdict, or a struct that is given one.
func (s source) makesVerdict(e ast.Expr) bool {
	given, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return isVerdict(s.info.TypeOf(e)) && s.info.Types[e].Value != nil
	}
	return slices.ContainsFunc(given.Elts, func(e ast.Expr) bool {
		field, ok := e.(*ast.KeyValueExpr)
		return ok && isVerdict(s.info.TypeOf(field.Value))
	})
}

func (s source) called(call *ast.CallExpr) *types.Func {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		f, _ := s.info.Uses[fun].(*types.Func)
		return f
	case *ast.SelectorExpr:
		f, _ := s.info.Uses[fun.Sel].(*types.Func)
		return f
	}
	return nil
}

// makersOf are the package's functions that return a new error whenever they return.
func makersOf(s source) map[types.Object]bool {
	makers := map[types.Object]bool{}
	for again := true; again; {
		again = false
		for _, file := range s.files {
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if ok && !makers[s.info.Defs[f.Name]] && s.alwaysMakes(f, makers) {
					makers[s.info.Defs[f.Name]], again = true, true
				}
			}
		}
	}
	return makers
}

func (s source) alwaysMakes(f *ast.FuncDecl, makers map[types.Object]bool) bool {
	if f.Body == nil || f.Type.Results.NumFields() != 1 {
		return false
	}
	always, ever := true, false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			ever = true
			always = always && len(n.Results) == 1 && s.makesError(n.Results[0], makers)
		}
		return true
	})
	return always && ever
}

func (s source) text(n ast.Node) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), n)
	return b.String()
}

func (s source) texts(list []ast.Expr) string {
	parts := make([]string, 0, len(list))
	for _, e := range list {
		parts = append(parts, s.text(e))
	}
	return strings.Join(parts, ", ")
}
