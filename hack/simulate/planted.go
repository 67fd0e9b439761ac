package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/test/simulation/campaign"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/planted"
)

// found is what a hunting process says of one bug.
type found struct {
	Bug, Story, What, Smallest string
	Plays, FalseAlarms         int
	Survived                   bool
}

// hunted is what the hunt for all chosen bugs came to.
type hunted struct{ chosen, killed, plays, falseAlarms int }

func (h hunted) add(f found) hunted {
	if !f.Survived {
		h.killed++
	}
	h.plays += f.Plays
	h.falseAlarms += f.FalseAlarms
	return h
}

// chosen are the bugs with the words of the command line in their names.
func (o options) chosen() []planted.Bug {
	return slices.DeleteFunc(planted.Bugs(), func(b planted.Bug) bool { return !strings.Contains(b.Name, o.bug) })
}

// findPlanted builds this command once more with the bugs in place, and lets as many
// processes as there are workers find them.
func findPlanted(o options, c clock.Clock) (hunted, error) {
	began, total := c.Now(), hunted{chosen: len(o.chosen())}
	if total.chosen == 0 {
		return total, fmt.Errorf("no planted bug has %q in its name", o.bug)
	}
	dir, err := os.MkdirTemp("", "planted-")
	if err != nil {
		return total, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, err := buildPlanted(dir)
	if err != nil {
		return total, err
	}
	fmt.Printf("%d bugs planted; finding %d of them\n", len(planted.Bugs()), total.chosen)
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	for part := range o.workers {
		group.Go(func() {
			list, err := huntIn(binary, o, part)
			mu.Lock()
			defer mu.Unlock()
			for _, f := range list {
				total = total.add(f)
			}
			if err != nil {
				failed = err
			}
		})
	}
	group.Wait()
	fmt.Printf("%d of %d found in %s\n", total.killed, total.chosen, c.Now().Sub(began).Round(1e9))
	return total, failed
}

func buildPlanted(dir string) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	overlay, err := planted.Overlay(root, dir, planted.Bugs())
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "simulate")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-overlay", overlay, "-o", binary, "./hack/simulate").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building with the bugs in place: %w\n%s", err, out)
	}
	return binary, nil
}

// huntIn runs one hunting process and prints what it finds as it finds it.
func huntIn(binary string, o options, part int) ([]found, error) {
	cmd := exec.CommandContext(context.Background(), binary, "-hunt=1", "-part="+strconv.Itoa(part), "-of="+strconv.Itoa(o.workers), "-budget="+strconv.Itoa(o.budget), "-bug="+o.bug)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	list := readFound(out)
	return list, cmd.Wait()
}

func readFound(out io.Reader) []found {
	var list []found
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var f found
		if json.Unmarshal(lines.Bytes(), &f) != nil {
			continue
		}
		list = append(list, f)
		if f.Survived {
			fmt.Printf("  SURVIVED %s after %d histories\n", f.Bug, f.Plays)
			continue
		}
		first, _, _ := strings.Cut(f.What, "\n")
		fmt.Printf("  found %-26s after %4d: %.110s\n    smallest: %.220s\n", f.Bug, f.Plays, first, f.Smallest)
		if os.Getenv("STORIES") != "" {
			fmt.Println(f.Story)
		}
	}
	return list
}

// hunt is what the build with the bugs in place does: it finds its part of them. Without
// any switched on it must behave as the product does.
func hunt(o options, scenarios []history.History) error {
	planted.Activate("")
	matrix, err := campaign.Enumerate(scenarios, false, o.thin)
	if err != nil {
		return err
	}
	say := json.NewEncoder(os.Stdout)
	for i, bug := range o.chosen() {
		if i%o.of != o.part {
			continue
		}
		hunter := campaign.Hunter{Bug: bug.Name, Where: bug.Where, Activate: planted.Activate}
		kill, ok := hunter.Hunt(matrix, scenarios, o.budget)
		if err := say.Encode(foundOf(bug.Name, kill, ok)); err != nil {
			return err
		}
	}
	return nil
}

func foundOf(bug string, kill campaign.Kill, ok bool) found {
	return found{
		Bug: bug, Story: kill.History.Story(), What: kill.What, Smallest: kill.History.Summary(),
		Plays: kill.Plays, FalseAlarms: kill.FalseAlarms, Survived: !ok,
	}
}
