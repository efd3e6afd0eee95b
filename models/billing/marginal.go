package billing

// Marginal is what borrowers add to the on-demand part of one pool's clock hour: bill(owners + borrowers) - bill(owners
// alone), where one account holds all of the pool's reservations, zonal ones, and its usage is the owners'. In any unit
// (instance-hours begun, instance-seconds), the same for all three. What the owners use beyond their reservation is
// theirs. It is what two calls of Make give, and a test holds them to it.
func Marginal(owners, borrowers, reserved int64) int64 {
	return max(0, owners+borrowers-reserved) - max(0, owners-reserved)
}
