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
	Bug, Story, What string
	Plays            int
	Survived         bool
}

// findPlanted builds this command once more with the bugs in place, and lets as many
// processes as there are workers find them.
func findPlanted(o options, c clock.Clock) (killed, all int, err error) {
	began := c.Now()
	dir, err := os.MkdirTemp("", "planted-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, err := buildPlanted(dir)
	if err != nil {
		return 0, 0, err
	}
	fmt.Printf("%d bugs planted; finding them\n", len(planted.Bugs()))
	results := make([]found, 0, len(planted.Bugs()))
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	for part := range o.workers {
		group.Go(func() {
			list, err := huntIn(binary, o, part)
			mu.Lock()
			defer mu.Unlock()
			results = append(results, list...)
			if err != nil {
				failed = err
			}
		})
	}
	group.Wait()
	for _, f := range results {
		if !f.Survived {
			killed++
		}
	}
	fmt.Printf("%d of %d found in %s\n", killed, len(planted.Bugs()), c.Now().Sub(began).Round(1e9))
	return killed, len(planted.Bugs()), failed
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
		fmt.Printf("  found %-26s after %4d: %.110s\n", f.Bug, f.Plays, first)
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
	for i, bug := range planted.Bugs() {
		if i%o.of != o.part || !strings.Contains(bug.Name, o.bug) {
			continue
		}
		hunter := campaign.Hunter{Bug: bug.Name, Where: bug.Where, Activate: planted.Activate}
		kill, ok := hunter.Hunt(matrix, scenarios, o.budget)
		if err := say.Encode(found{bug.Name, kill.History.Story(), kill.What, kill.Plays, !ok}); err != nil {
			return err
		}
	}
	return nil
}
