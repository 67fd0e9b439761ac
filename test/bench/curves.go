package main

import (
	"fmt"
	"math"
	"strings"
)

// A panel is drawn with logarithmic axes, so that linear growth is a line of slope one.
const (
	panelWidth, panelHeight = 300.0, 240.0
	leftMargin, topMargin   = 48.0, 34.0
)

// curve is one line of a panel.
type curve struct {
	name, colour string
	points       [][2]float64
}

// curves draws what grows with the number of cards.
func curves(r report) string {
	panels := []struct {
		title string
		of    func(round) float64
	}{
		{"all Ready, s", func(r round) float64 { return r.AllReady }},
		{"a new card beside them, s (max)", func(r round) float64 { return r.NewMost }},
		{"memory, MiB", func(r round) float64 { return r.RSS }},
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="11">`+"\n", 3*(panelWidth+20), panelHeight+topMargin+46)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for i, p := range panels {
		lines := r.lines(p.of)
		if i == 0 {
			lines = append(lines, r.boundLine())
		}
		fmt.Fprintf(&b, `<g transform="translate(%.0f,0)">`+"\n", float64(i)*(panelWidth+20))
		drawPanel(&b, p.title, lines)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

var colours = []string{"#0b6e4f", "#c8553d", "#5b5ea6"}

// lines has one curve for each controller.
func (r report) lines(of func(round) float64) []curve {
	var all []curve
	for _, name := range r.names() {
		c := curve{name: name, colour: colours[len(all)%len(colours)]}
		for _, round := range r.of(name) {
			if round.Stuck == 0 {
				c.points = append(c.points, [2]float64{float64(round.Cards), of(round)})
			}
		}
		all = append(all, c)
	}
	return all
}

func (r report) names() []string {
	var names []string
	seen := map[string]bool{}
	for _, round := range r.Rounds {
		if !seen[round.Who] {
			seen[round.Who] = true
			names = append(names, round.Who)
		}
	}
	return names
}

func (r report) boundLine() curve {
	c := curve{name: "what the issuer's pace allows", colour: "#999999"}
	for _, round := range r.of("card-operator") {
		c.points = append(c.points, [2]float64{float64(round.Cards), round.Bound})
	}
	return c
}

func drawPanel(b *strings.Builder, title string, lines []curve) {
	x, y := axis(lines, 0), axis(lines, 1)
	fmt.Fprintf(b, `<text x="%.0f" y="18" font-weight="bold">%s</text>`+"\n", leftMargin, title)
	for v := x.low; v <= x.high; v *= 10 {
		at := leftMargin + x.at(v)*(panelWidth-leftMargin)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", at, at, topMargin, topMargin+panelHeight, at, topMargin+panelHeight+14, short10(v))
	}
	for v := y.low; v <= y.high; v *= 10 {
		at := topMargin + (1-y.at(v))*panelHeight
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", leftMargin, panelWidth, at, at, leftMargin-5, at+4, short10(v))
	}
	for i, line := range lines {
		var path []string
		for _, p := range line.points {
			px, py := leftMargin+x.at(p[0])*(panelWidth-leftMargin), topMargin+(1-y.at(p[1]))*panelHeight
			path = append(path, fmt.Sprintf("%.1f,%.1f", px, py))
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", px, py, line.colour)
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(path, " "), line.colour)
		fmt.Fprintf(b, `<text x="%.0f" y="%.0f" fill="%s">%s</text>`+"\n", leftMargin+6, topMargin+14+14*float64(i), line.colour, line.name)
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f" text-anchor="middle">cards</text>`+"\n", (leftMargin+panelWidth)/2, topMargin+panelHeight+30)
}

// decades are the powers of ten around some values.
type decades struct{ low, high float64 }

func axis(lines []curve, which int) decades {
	d := decades{math.Inf(1), math.Inf(-1)}
	for _, line := range lines {
		for _, p := range line.points {
			if p[which] > 0 {
				d.low, d.high = min(d.low, p[which]), max(d.high, p[which])
			}
		}
	}
	if d.low > d.high {
		return decades{1, 10}
	}
	d.low, d.high = math.Pow(10, math.Floor(math.Log10(d.low))), math.Pow(10, math.Ceil(math.Log10(d.high)))
	if d.low == d.high {
		d.high *= 10
	}
	return d
}

// at is where a value lies between 0 and 1.
func (d decades) at(v float64) float64 {
	return (math.Log10(max(v, d.low)) - math.Log10(d.low)) / (math.Log10(d.high) - math.Log10(d.low))
}

func short10(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%gk", v/1000)
	}
	return fmt.Sprintf("%g", v)
}
