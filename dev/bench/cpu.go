package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond is the unit of the times in /proc, the same on every Linux.
const ticksPerSecond = 100

// cpuTime is what a process and all its descendants have used, those that have
// ended included; 0 where there is no /proc.
func cpuTime(pid int) time.Duration {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // fails only for a malformed pattern
	children := map[int][]processTimes{}
	var ticks int
	for _, file := range files {
		p, err := readTimes(file)
		if err != nil {
			continue // it has just ended
		}
		children[p.parent] = append(children[p.parent], p)
		if p.pid == pid {
			ticks += p.ticks
		}
	}
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, child := range children[queue[0]] {
			ticks += child.ticks
			queue = append(queue, child.pid)
		}
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

type processTimes struct{ pid, parent, ticks int }

// readTimes reads user and system time of a process and of its children that
// have ended: fields 14 to 17, counted from the name in parentheses, which may
// hold anything.
func readTimes(file string) (processTimes, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return processTimes{}, err
	}
	pid, _, _ := strings.Cut(string(text), " ")
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return processTimes{}, fmt.Errorf("%s has %d fields", file, len(fields))
	}
	var p processTimes
	p.pid, _ = strconv.Atoi(pid)
	p.parent, _ = strconv.Atoi(fields[1])
	for _, field := range fields[11:15] {
		n, _ := strconv.Atoi(field)
		p.ticks += n
	}
	return p, nil
}

// ownCPU is what this process has used.
func ownCPU() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// forgetPeak lets the peak of this process's memory begin anew, where the system can.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }
