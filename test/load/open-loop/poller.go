package main

import (
	"syscall"
	"time"
	"unsafe"
)

const (
	sysEpollPwait2 = 441
	eventsMax      = 256
	// Calls of so short a time are sent together: more wake-ups would take the processor from what is measured.
	waitMin = 100 * time.Microsecond
)

// poller waits for connections, with the precision that a rate of some ten thousand calls a second needs.
type poller struct {
	fd          int
	connections []*connection
	events      [eventsMax]syscall.EpollEvent
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &poller{fd: fd}, err
}

func (p *poller) add(c *connection) error {
	for len(p.connections) <= c.fd {
		p.connections = append(p.connections, nil)
	}
	p.connections[c.fd] = c
	// Edges: a socket can be written to at once, and is reported again when there is something to read.
	const edges = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLET&0xffffffff
	return syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, c.fd, &syscall.EpollEvent{Events: edges, Fd: int32(c.fd)})
}

// wait reads what has arrived, or what arrives within the given time.
func (p *poller) wait(atMost time.Duration) error {
	timeout := syscall.NsecToTimespec(int64(max(atMost, waitMin)))
	n, _, errno := syscall.Syscall6(
		sysEpollPwait2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events)), eventsMax,
		uintptr(unsafe.Pointer(&timeout)), 0, 0,
	)
	if errno == syscall.EINTR {
		return nil
	}
	if errno != 0 {
		return errno
	}
	for _, event := range p.events[:n] {
		p.connections[event.Fd].ready(event.Events&syscall.EPOLLOUT != 0)
	}
	return nil
}
