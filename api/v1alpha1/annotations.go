package v1alpha1

const (
	// AnnotationReconcileAt asks the operator to look now. Any new value counts; the
	// value that was acted on is echoed in status.lastHandledReconcileAt.
	AnnotationReconcileAt = "card-operator.io/reconcile-at"

	// AnnotationHintedAt on a CardIssuer says when a webhook last asked for a look. The
	// operator writes it, because the replica that receives a webhook need not be the one
	// that works.
	AnnotationHintedAt = "card-operator.io/hinted-at"

	// AnnotationOrphan set to "true" on an object that is being deleted gives up what
	// it stands for at the issuer, loudly. It is for an issuer or credentials that are
	// gone for good.
	AnnotationOrphan = "card-operator.io/orphan"

	// AnnotationSettle settles an intent whose outcome a person has found out. Its
	// value is "<intent id>/<attempt>=happened" or "<intent id>/<attempt>=never". It
	// speaks of that attempt alone, so one that is left behind settles nothing later. On a
	// Beneficiary that may be one of several payees it is "<payee id>=happened" or
	// "<payee id>[,<payee id>]=never".
	AnnotationSettle = "card-operator.io/settle"

	// Finalizer holds an object until what it stands for at the issuer was dealt with.
	// An object without it has no effect at the issuer.
	Finalizer = "card-operator.io/finalizer"

	// LabelManagedBy marks the Secrets that the operator writes; its cache sees no
	// others.
	LabelManagedBy = "card-operator.io/managed"

	// CardSecretType is the type of every card Secret. Kubernetes lets nobody change a
	// Secret's type, so a Secret of somebody else's cannot turn into a card Secret.
	CardSecretType = "card-operator.io/card"
)
