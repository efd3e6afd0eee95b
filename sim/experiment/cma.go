package experiment

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"trough.internal/models/random"
)

// cma is CMA-ES over the unit cube, with the settings and the notation of Hansen: The CMA evolution strategy, a tutorial, 2016.
// Ask draws a generation and Tell learns from its ranks, so that a generation is evaluated side by side.
//
// Note: gonum/optimize (v0.17) has CmaEsChol, which leaves the step size out of its draws, so that only the covariance
// adapts. With the budgets that a search has, four dimensions and 160 points, it ended 3.1 below a top of 30 where this one
// ends 0.04 below on average.
type cma struct {
	population, dim                int
	weights                        []float64 // of the better half
	muEff, cSigma, dSigma, cC      float64
	c1, cMu, lengthOfNormal, sigma float64
	mean, pathSigma, pathC         []float64
	covariance                     *mat.SymDense
	axes                           *mat.Dense // eigenvectors of the covariance, as columns
	scales                         []float64  // roots of its eigenvalues

	stream     random.Stream
	generation uint64
	points     [][]float64 // of the last Ask
}

func newCMA(start []float64, sigma float64, population int, stream random.Stream) *cma {
	dim := len(start)
	c := &cma{population: population, dim: dim, sigma: sigma, mean: slices.Clone(start), stream: stream,
		pathSigma: make([]float64, dim), pathC: make([]float64, dim), covariance: mat.NewSymDense(dim, nil), axes: mat.NewDense(dim, dim, nil)}
	sum, squares := 0.0, 0.0
	for i := range population / 2 {
		w := math.Log(float64(population+1)/2) - math.Log(float64(i+1))
		c.weights = append(c.weights, w)
		sum += w
		squares += float64(w * w)
	}
	for i := range c.weights {
		c.weights[i] /= sum
	}
	n := float64(dim)
	c.muEff = sum * sum / squares
	c.cSigma = (c.muEff + 2) / (n + c.muEff + 5)
	c.dSigma = 1 + 2*max(0, math.Sqrt((c.muEff-1)/(n+1))-1) + c.cSigma
	c.cC = (4 + c.muEff/n) / (n + 4 + 2*c.muEff/n)
	c.c1 = 2 / ((n+1.3)*(n+1.3) + c.muEff)
	c.cMu = min(1-c.c1, 2*(c.muEff-2+1/c.muEff)/((n+2)*(n+2)+c.muEff))
	c.lengthOfNormal = math.Sqrt(n) * (1 - 1/(4*n) + 1/(21*n*n))
	for i := range dim {
		c.covariance.SetSym(i, i, 1)
	}
	c.decompose()
	return c
}

// Ask draws a generation. What falls outside of the cube is put onto its side, and it is that point which is learnt from: so
// the mean stays inside, and an optimum at an end is met exactly: over forty sample seeds of forty points for one parameter it
// always was, and mirroring back ended 0.5 below a top of 5 on average.
func (c *cma) Ask() [][]float64 {
	c.points = make([][]float64, c.population)
	for k := range c.points {
		z := make([]float64, c.dim)
		for i := range z {
			z[i] = c.scales[i] * c.stream.Normal(random.Entity(c.generation, uint64(k)), uint64(i))
		}
		c.points[k] = make([]float64, c.dim)
		for i := range c.dim {
			step := 0.0
			for j := range c.dim {
				step += float64(c.axes.At(i, j) * z[j])
			}
			c.points[k][i] = min(max(c.mean[i]+float64(c.sigma*step), 0), 1)
		}
	}
	c.generation++
	return c.points
}

// Tell learns from the ranks of what Ask drew, the least being the best.
func (c *cma) Tell(ranks []float64) {
	order := make([]int, c.population)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })

	steps, mean := make([][]float64, len(c.weights)), make([]float64, c.dim) // steps of the better half, and their mean, in sigmas
	for k, w := range c.weights {
		steps[k] = make([]float64, c.dim)
		for i := range c.dim {
			steps[k][i] = (c.points[order[k]][i] - c.mean[i]) / c.sigma
			mean[i] += float64(w * steps[k][i])
		}
	}
	for i := range c.dim {
		c.mean[i] += float64(c.sigma * mean[i])
	}

	length := c.walkSigma(mean)
	n, g := float64(c.dim), float64(c.generation)
	stalled := 0.0
	if length/math.Sqrt(1-math.Pow(1-c.cSigma, 2*g)) < (1.4+2/(n+1))*c.lengthOfNormal {
		stalled = 1
	}
	for i := range c.pathC {
		c.pathC[i] = float64((1-c.cC)*c.pathC[i]) + float64(stalled*math.Sqrt(c.cC*(2-c.cC)*c.muEff)*mean[i])
	}
	for i := range c.dim {
		for j := range i + 1 {
			v := (1 - c.c1 - c.cMu + float64((1-stalled)*c.c1*c.cC*(2-c.cC))) * c.covariance.At(i, j)
			v += float64(c.c1 * c.pathC[i] * c.pathC[j])
			for k, w := range c.weights {
				v += float64(c.cMu * w * steps[k][i] * steps[k][j])
			}
			c.covariance.SetSym(i, j, v)
		}
	}
	c.sigma = min(1, c.sigma*math.Exp(c.cSigma/c.dSigma*(length/c.lengthOfNormal-1)))
	c.decompose()
}

// walkSigma moves the path of the step size by a mean step, made as long in every direction, and returns the path's length.
func (c *cma) walkSigma(mean []float64) float64 {
	squares := 0.0
	white := make([]float64, c.dim)
	for j := range c.dim {
		part := 0.0
		for i := range c.dim {
			part += float64(c.axes.At(i, j) * mean[i])
		}
		for i := range c.dim {
			white[i] += float64(c.axes.At(i, j) * part / c.scales[j])
		}
	}
	for i := range c.dim {
		c.pathSigma[i] = float64((1-c.cSigma)*c.pathSigma[i]) + float64(math.Sqrt(c.cSigma*(2-c.cSigma)*c.muEff)*white[i])
		squares += float64(c.pathSigma[i] * c.pathSigma[i])
	}
	return math.Sqrt(squares)
}

// scaleLeast keeps a direction from vanishing where a generation stands still in it.
const scaleLeast = 1e-8

func (c *cma) decompose() {
	var eigen mat.EigenSym
	if !eigen.Factorize(c.covariance, true) {
		return // the last one still serves
	}
	eigen.VectorsTo(c.axes)
	c.scales = eigen.Values(nil)
	for i, v := range c.scales {
		c.scales[i] = math.Sqrt(max(v, scaleLeast*scaleLeast))
	}
}

// spread is the largest standard deviation of the next generation in any direction.
func (c *cma) spread() float64 { return c.sigma * slices.Max(c.scales) }
