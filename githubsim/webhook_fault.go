package githubsim

import (
	"math/rand/v2"
	"time"
)

// DeliveryFaults are what becomes of deliveries on their way: shares between 0 and 1, drawn for each delivery anew from
// the seed. Redeliveries and pings are not spared.
type DeliveryFaults struct {
	Seed      uint64        `json:"seed"`
	Drop      float64       `json:"drop"`      // are never sent
	Unlogged  float64       `json:"unlogged"`  // of those, the ones that GitHub's log knows nothing of
	Duplicate float64       `json:"duplicate"` // arrive twice; the log has one
	Reorder   float64       `json:"reorder"`   // let others overtake them, up to eight
	Delay     float64       `json:"delay"`     // come later, by the world's clock
	DelayBy   time.Duration `json:"delay_by"`  // at most; each one less than that
	Truncate  float64       `json:"truncate"`  // end in the middle, with a signature of what is sent
}

// SetDeliveryFaults decides what becomes of deliveries from now on; the zero value ends it.
func (s *Sim) SetDeliveryFaults(f DeliveryFaults) {
	c := s.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults, c.random = f, rand.New(rand.NewPCG(f.Seed, 12))
}

// furthest is how many others a reordered delivery lets pass at most.
const furthest = 8

// spoil is what comes out of a delivery: itself, nothing, or itself and a copy. Callers hold mu.
func (c *courier) spoil(p *parcel) []*parcel {
	f := c.faults
	if f == (DeliveryFaults{}) {
		return []*parcel{p}
	}
	strikes := func(share float64) bool { return c.random.Float64() < share }
	dropped, unlogged, twice := strikes(f.Drop), strikes(f.Unlogged), strikes(f.Duplicate)
	late, reordered, cut := strikes(f.Delay), strikes(f.Reorder), strikes(f.Truncate)
	delay, distance := time.Duration(c.random.Float64()*float64(f.DelayBy)), 1+c.random.IntN(furthest)
	if dropped {
		p.lost = true
		if unlogged {
			return nil
		}
		return []*parcel{p}
	}
	p.request.Truncated = cut
	if late {
		p.due = c.sim.config.Now().Add(delay)
	}
	if reordered {
		p.place = float64(distance) + 0.5
	}
	if !twice {
		return []*parcel{p}
	}
	second := *p
	second.unlogged, second.place = true, float64(distance)+0.5
	return []*parcel{p, &second}
}
