// Command open-loop sends calls at a rate, whether or not the ones before have a response, as many independent clients do.
//
// It has a bounded number of connections; a call that finds none free is offered but not sent. The latency of a call counts from the time at which
// it was due, so a pause of this process, or of the server, hides no call that it delays. What part of it is this process's own is printed besides:
// the kernel says when a response had arrived.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

func main() {
	address := flag.String("url", "", "what is called, by GET")
	floor := flag.String("floor", "", "what every hundredth call goes to instead, over connections of its own")
	rate := flag.Float64("rate", 0, "calls offered a second")
	seconds := flag.Int("seconds", 0, "for how long")
	connections := flag.Int("connections", 0, "open at most")
	spread := flag.Bool("spread", false, "all connections are opened before the first call, and used in turn")
	anew := flag.Bool("anew", false, "each call opens a connection, and closes it")
	flag.Parse()
	// The loop is the only thread that works, and what it allocates is small and kept.
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	result, err := run(*address, *floor, *rate, *seconds, *connections, *anew, *spread)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		os.Exit(1)
	}
}

// Every so many calls go to the floor, if there is one.
const floorEvery = 100

func run(address, floor string, rate float64, seconds, connections int, anew, spread bool) (*result, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	calls := newRecord(start, seconds, rate)
	called, err := newTarget(address, poll, calls, connections, anew)
	if err != nil {
		return nil, err
	}
	called.isSpread = spread
	if spread {
		if err := called.openAll(); err != nil {
			return nil, err
		}
		start = time.Now()
		calls.start = start
	}
	targets := []*target{called}
	if floor != "" {
		direct, err := newTarget(floor, poll, newRecord(start, seconds, rate/floorEvery), connections, anew)
		if err != nil {
			return nil, err
		}
		targets = append(targets, direct)
	}
	end := start.Add(time.Duration(seconds) * time.Second)
	interval := float64(time.Second) / rate
	offered := 0
	for now := start; now.Before(end); now = time.Now() {
		next := start
		for {
			if next = start.Add(time.Duration(float64(offered) * interval)); next.After(now) {
				break
			}
			offered++
			if offered%floorEvery == 0 && len(targets) > 1 {
				targets[1].send(next)
			} else {
				called.send(next)
			}
		}
		if err := poll.wait(next.Sub(time.Now())); err != nil {
			return nil, err
		}
	}
	return resultOf(offered, seconds, targets), nil
}

// target is a server that is called, and the connections to it.
type target struct {
	address string
	request []byte
	poll    *poller
	record  *record
	free    []*connection
	open    int
	max     int
	anew    bool
	// Whether the connection that is free for the longest time is used.
	isSpread bool
}

func newTarget(address string, poll *poller, record *record, max int, anew bool) (*target, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	request := "GET " + parsed.RequestURI() + " HTTP/1.1\r\nHost: " + parsed.Host + "\r\n"
	if anew {
		request += "Connection: close\r\n"
	}
	return &target{
		address: parsed.Host, request: []byte(request + "\r\n"), poll: poll, record: record, max: max, anew: anew,
	}, nil
}

// How many connections are being opened at a time: more than a server has not accepted yet are refused by the kernel.
const openingMax = 64

// So long may the opening of those take.
const openMax = 10 * time.Second

// openAll opens all connections that the target may have, which then are free.
func (t *target) openAll() error {
	for t.open < t.max {
		opened := make([]*connection, 0, openingMax)
		for len(opened) < openingMax && t.open < t.max {
			c, err := connect(t)
			if err != nil {
				return err
			}
			t.open++
			opened = append(opened, c)
		}
		deadline := time.Now().Add(openMax)
		for slices.ContainsFunc(opened, func(c *connection) bool { return c.isOpening }) {
			if time.Now().After(deadline) {
				return fmt.Errorf("%d of %d connections are open after %v", t.open, t.max, openMax)
			}
			if err := t.poll.wait(time.Millisecond); err != nil {
				return err
			}
		}
		t.free = append(t.free, opened...)
	}
	return nil
}

// send begins a call that is due, if a connection is free or may be opened.
func (t *target) send(due time.Time) {
	for len(t.free) > 0 {
		free := t.take()
		if free.fd >= 0 {
			free.send(due)
			return
		}
	}
	if t.open >= t.max {
		return
	}
	t.open++
	opened, err := connect(t)
	if err != nil {
		t.open--
		t.record.failed++
		return
	}
	opened.send(due)
}

// take takes a free connection: the one that was used last, or, where calls are spread, first.
func (t *target) take() *connection {
	if t.isSpread {
		first := t.free[0]
		t.free = t.free[1:]
		return first
	}
	last := len(t.free) - 1
	free := t.free[last]
	t.free = t.free[:last]
	return free
}

// ended is called when a response is complete.
func (t *target) ended(c *connection) {
	if t.anew {
		c.close()
		t.open--
		return
	}
	t.free = append(t.free, c)
}

// lost is called when a connection has ended by itself.
func (t *target) lost() {
	t.open--
	t.record.failed++
}
