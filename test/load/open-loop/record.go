package main

import (
	"slices"
	"time"
)

// record keeps what became of the calls to one target.
type record struct {
	start    time.Time
	statuses map[int]int
	failed   int
	// Of the calls with status 200, in milliseconds.
	total, late, server, heard []float32
	// Those calls in each second, and the slowest of them in each tenth of a second.
	perSecond []int
	slowest   []float32
}

func newRecord(start time.Time, seconds int, rate float64) *record {
	room := int(rate*float64(seconds)) + 1
	return &record{
		start:     start,
		statuses:  map[int]int{},
		total:     make([]float32, 0, room),
		late:      make([]float32, 0, room),
		server:    make([]float32, 0, room),
		heard:     make([]float32, 0, room),
		perSecond: make([]int, seconds),
		slowest:   make([]float32, seconds*10),
	}
}

func ms(d time.Duration) float32 { return float32(d) / float32(time.Millisecond) }

func (r *record) answered(status int, due, sent, arrived, now time.Time) {
	r.statuses[status]++
	if status != 200 {
		return
	}
	total := ms(now.Sub(due))
	r.total = append(r.total, total)
	r.late = append(r.late, ms(sent.Sub(due)))
	// The kernel begins to stamp what arrives a moment after it was asked to.
	if !arrived.IsZero() {
		r.server = append(r.server, ms(arrived.Sub(sent)))
		r.heard = append(r.heard, ms(now.Sub(arrived)))
	}
	if second := int(now.Sub(r.start) / time.Second); second < len(r.perSecond) {
		r.perSecond[second]++
	}
	if tenth := int(now.Sub(r.start) / (100 * time.Millisecond)); tenth < len(r.slowest) {
		r.slowest[tenth] = max(r.slowest[tenth], total)
	}
}

// percentiles of times in milliseconds; null where there is none.
type percentiles struct {
	P50 *float32 `json:"p50"`
	P99 *float32 `json:"p99"`
}

func percentilesOf(times []float32) percentiles {
	if len(times) == 0 {
		return percentiles{}
	}
	slices.Sort(times)
	at := func(part float64) *float32 { return &times[int(float64(len(times))*part)] }
	return percentiles{P50: at(0.5), P99: at(0.99)}
}

type latencies struct {
	// From when a call was due to when its response was read.
	Total percentiles `json:"total"`
	// Its parts: until the request was written, until the kernel had the response, until that was read.
	Late   percentiles `json:"late"`
	Server percentiles `json:"server"`
	Heard  percentiles `json:"heard"`
}

func (r *record) latencies() latencies {
	return latencies{
		Total: percentilesOf(r.total), Late: percentilesOf(r.late),
		Server: percentilesOf(r.server), Heard: percentilesOf(r.heard),
	}
}

type result struct {
	Seconds     int         `json:"seconds"`
	Offered     int         `json:"offered"`
	Statuses    map[int]int `json:"statuses"`
	LatenciesMs latencies   `json:"latenciesMs"`
	FloorMs     *latencies  `json:"floorMs,omitempty"`
	PerSecond   []int       `json:"perSecond"`
	SlowestMs   []float32   `json:"slowestMs"`
	Failed      int         `json:"failed"`
}

func resultOf(offered, seconds int, targets []*target) *result {
	calls := targets[0].record
	made := &result{
		Seconds: seconds, Offered: offered, Statuses: calls.statuses, LatenciesMs: calls.latencies(),
		PerSecond: calls.perSecond, SlowestMs: calls.slowest, Failed: calls.failed,
	}
	if len(targets) > 1 {
		floor := targets[1].record.latencies()
		made.FloorMs = &floor
	}
	return made
}
