package report

import "image/color"

// The colours of bands are Paul Tol's muted scheme (colour schemes and templates, SRON/EPS/TN/09-002, 2021), which
// stays apart under the common colour-vision deficiencies; ordered so that light and dark neighbours alternate.
var bandColours = [...]color.RGBA{
	hex(0x332288), hex(0x88ccee), hex(0x117733), hex(0xddcc77), hex(0x882255),
	hex(0x44aa99), hex(0xcc6677), hex(0x999933), hex(0xaa4499),
}

var (
	colourOther      = hex(0xbbbbbb)
	colourBorrowed   = hex(0x88ccee)
	colourInk        = hex(0x222222)
	colourSoft       = hex(0x666666)
	colourGrid       = hex(0xe4e4e4)
	colourAlarm      = hex(0xc1272d)
	colourQueue      = hex(0xe9c46a)
	colourEvacuation = hex(0xf6d5d5)
	colourCurfew     = hex(0xe6e6f2)
	colourPaper      = hex(0xffffff)
)

func hex(rgb uint32) color.RGBA {
	return color.RGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 255}
}

// typeColour is the colour of the k-th of all types that a scenario has. It depends on nothing else, so a type has the
// same colour in all plots of a scenario, whatever the policy. The second nine types have paler ones, the third darker ones.
func typeColour(k int) color.RGBA {
	c := bandColours[k%len(bandColours)]
	switch k / len(bandColours) % 3 {
	case 1:
		return mix(c, 255)
	case 2:
		return mix(c, 0)
	}
	return c
}

// mix goes 45 % of the way to a grey.
func mix(c color.RGBA, grey int) color.RGBA {
	part := func(v uint8) uint8 { return uint8((int(v)*55 + grey*45) / 100) }
	return color.RGBA{R: part(c.R), G: part(c.G), B: part(c.B), A: 255}
}
