package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// simulator is githubsim in a process of its own, so that it shares neither
// memory nor garbage collector with what is measured.
type simulator struct {
	URL, Token string

	process *exec.Cmd
}

// buildSimulator compiles githubsim into a folder.
func buildSimulator(ctx context.Context, directory string) (path string, err error) {
	path = filepath.Join(directory, "githubsim")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "tributary/cmd/githubsim")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build githubsim (run this from the folder dev): %w", err)
	}
	return path, nil
}

// startSimulator serves a world, which takes the simulator a while to make.
func startSimulator(ctx context.Context, path string, world world) (*simulator, error) {
	s := &simulator{process: exec.CommandContext(ctx, path, append([]string{
		"--org", organization,
		"--rate-limit", strconv.Itoa(unlimited), "--graphql-limit", strconv.Itoa(unlimited),
	}, world.flags...)...)}
	s.process.Cancel = func() error { return s.process.Process.Signal(os.Interrupt) }
	s.process.WaitDelay = 10 * time.Second
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, s)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("githubsim did not say where it is: %w", err)
	}
	return s, nil
}

func (s *simulator) stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	_ = s.process.Wait() // says that it was asked to end, which we know
}
