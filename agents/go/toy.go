// A toy copy-on-write store in Go that speaks cowcheck's line protocol (docs/protocol.md). Build: go build toy.go
//
// Try it: npx cowcheck fuzz --command './toy' holds; './toy --wrong' has a seeded bug: a copy ends where the store ends.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

const pageSize, initProcess, greeting = 16, -1, "cowcheck 1 name=toy-go ops=fork,exit,read,write " +
	"layout=data page-size=16 inspect=frame,writable,count,contents dialect=refusedAccess:signalled"

type frame struct {
	data  [pageSize]byte
	count int
}

// store knows frames by number, the pages of every process, none of an ended one, and whose child each is.
type store struct {
	frames []*frame
	memory map[int][]int
	parent map[int]int
}

func newStore(pages int) *store {
	s := &store{memory: map[int][]int{}, parent: map[int]int{0: initProcess}}
	for page := 0; page < pages; page++ {
		s.memory[0] = append(s.memory[0], page)
		s.frames = append(s.frames, &frame{count: 1})
		for j := range s.frames[page].data {
			s.frames[page].data[j] = byte(page*31 + j + 1)
		}
	}
	return s
}

func (s *store) fork(process, child, limit int) string {
	if _, used := s.parent[child]; used {
		return "taken"
	} else if len(s.parent) >= limit {
		return "refused processes"
	}
	for _, n := range s.memory[process] {
		s.frames[n].count++
	}
	s.memory[child], s.parent[child] = append([]int(nil), s.memory[process]...), process
	return fmt.Sprintf("forked %d 0", child)
}

func (s *store) exit(process int) {
	for _, n := range s.memory[process] {
		s.frames[n].count--
	}
	s.memory[process] = nil
	for child, parent := range s.parent {
		if parent == process {
			s.parent[child] = initProcess
		}
		// init waits for its children at once; others stay taken until their parent ends.
		if s.memory[child] == nil && s.parent[child] == initProcess {
			delete(s.parent, child)
		}
	}
}

func (s *store) write(process, page, offset, length, value int) {
	f := s.frames[s.memory[process][page]]
	if f.count > 1 {
		f.count--
		f = &frame{data: f.data, count: 1}
		if len(os.Args) > 1 { // --wrong
			copy(f.data[offset+length:], make([]byte, pageSize))
		}
		s.memory[process][page] = len(s.frames)
		s.frames = append(s.frames, f)
	}
	for i := 0; i < length; i++ {
		f.data[offset+i] = byte(value >> (8 * (i % 4)))
	}
}

// show tells everything there is, after every op: simple, and always right.
func (s *store) show(out *bufio.Writer) {
	for process, pages := range s.memory {
		if pages == nil {
			fmt.Fprintf(out, " ; p %d -", process)
			continue
		}
		fmt.Fprintf(out, " ; p %d %d", process, process)
		for page, n := range pages {
			fmt.Fprintf(out, " %d:%d:%s", page, n, map[bool]string{true: "w", false: "-"}[s.frames[n].count == 1])
		}
	}
	for n, f := range s.frames {
		fmt.Fprintf(out, " ; f %d:%d:%d:0 ; c %d:%x", n, f.count, map[bool]int{true: 1}[f.count == 0], n, f.data)
	}
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	s := newStore(0)
	var limit, pages, inspecting int
	// Answers go out when there is nothing more to read, so that batches are fast and a person can type.
	for line, err := in.ReadString('\n'); err == nil; line, err = in.ReadString('\n') {
		var word string
		var a, b, c, d, e int
		fmt.Sscan(line, &word, &a, &b, &c, &d, &e)
		said := "ok"
		switch {
		case word == "cowcheck" && a == 1:
			said = greeting
		case word == "sync":
			said = strings.TrimSpace(line)
		case word == "world":
			limit, inspecting = b, d
		case word == "image" && a == 0:
			pages = len(strings.Fields(line)[2])
		case word == "inspect":
			inspecting = a
		case word == "reset":
			s = newStore(pages)
		case strings.Contains("fork exit read write", word) && s.memory[a] == nil:
			said = "absent"
		case word == "fork":
			said = s.fork(a, b, limit)
		case word == "exit":
			s.exit(a)
		case (word == "read" || word == "write") && b >= pages:
			said = "signalled"
		case word == "read":
			said = fmt.Sprintf("bytes %x", s.frames[s.memory[a][b]].data[c:c+d])
		case word == "write":
			s.write(a, b, c, d, e)
		case word != "image":
			said = "error version 1, and no other lines than those of the handshake"
		}
		fmt.Fprint(out, said)
		if inspecting == 1 && strings.Contains("reset fork exit read write", word) {
			s.show(out)
		}
		fmt.Fprintln(out)
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}
