package v1alpha1

// Condition types. Ready (or Succeeded, for a Withdrawal) is the root; it is computed
// from the others. Reconciling and Stalled follow kstatus: they exist only while true.
const (
	ConditionReady       = "Ready"
	ConditionSucceeded   = "Succeeded"
	ConditionReconciling = "Reconciling"
	ConditionStalled     = "Stalled"

	// ConditionIssued says that the card exists at the issuer (VirtualCard).
	ConditionIssued = "Issued"
	// ConditionFunded says that what this object has put in, net, is spec.funding, and
	// what it holds is spec.hold (Budget, VirtualCard).
	ConditionFunded = "Funded"
	// ConditionSecretReady says that the card Secret is as spec.secret asks
	// (VirtualCard).
	ConditionSecretReady = "SecretReady"
	// ConditionSynced says that name, label and state at the issuer are as the spec
	// asks (Budget, VirtualCard). It is False, without harm to Ready, when the issuer
	// cannot change a label.
	ConditionSynced = "Synced"
	// ConditionSuspended is there only while spec.suspend, of the object or of its
	// CardIssuer, keeps the operator from sending anything.
	ConditionSuspended = "Suspended"
	// ConditionCardholder: the issuer lets the person on a card have cards.
	ConditionCardholder = "CardholderReady"
	// ConditionOverdrawn is there only while a card's balance is negative.
	ConditionOverdrawn = "Overdrawn"
)

// Reasons that mean all is well.
const (
	// ReasonReady: everything is as the spec asks.
	ReasonReady = "Ready"
	// ReasonIssued: the card exists at the issuer.
	ReasonIssued = "Issued"
	// ReasonFunded: the money is where the spec asks for it.
	ReasonFunded = "Funded"
	// ReasonWritten: the Secret holds what the spec asks for.
	ReasonWritten = "Written"
	// ReasonExpired: the Secret was emptied because spec.secret.expireAfter passed; the
	// card-operator.io/reconcile-at annotation asks for it again.
	ReasonExpired = "Expired"
	// ReasonSynced: name, label and state are as the spec asks.
	ReasonSynced = "Synced"
	// ReasonPaid: the issuer has closed the withdrawal.
	ReasonPaid = "Paid"
	// ReasonPassed: the issuer has accepted the payee.
	ReasonPassed = "Passed"
	// ReasonActive: the cardholder may have cards.
	ReasonActive = "Active"
	// ReasonOtherAddress: the cardholder may have cards, and has another address at the issuer
	// than spec.billingAddress, which cannot change it.
	ReasonOtherAddress = "OtherAddress"
	// ReasonNegativeBalance: the card owes the issuer money.
	ReasonNegativeBalance = "NegativeBalance"
)

// Reasons that mean the operator is working or waiting; nothing is asked of a person.
const (
	// ReasonCreating: the order was claimed or sent, the issuer has not listed it yet.
	ReasonCreating = "Creating"
	// ReasonFunding: a movement of money is under way.
	ReasonFunding = "Funding"
	// ReasonPending: the issuer has the order and has not finished it.
	ReasonPending = "Pending"
	// ReasonOutcomeUnknown: the issuer's answer was lost; the operator is looking for
	// the effect before it does anything else.
	ReasonOutcomeUnknown = "OutcomeUnknown"
	// ReasonSettling: the object was found at the issuer, not created by this status;
	// the operator waits until the issuer's list can be believed.
	ReasonSettling = "Settling"
	// ReasonWaitingForIssuer: the CardIssuer is not there.
	ReasonWaitingForIssuer = "WaitingForIssuer"
	// ReasonWaitingForBudget: the Budget of a card is not Ready or not there.
	ReasonWaitingForBudget = "WaitingForBudget"
	// ReasonWaitingForCard: the VirtualCard of a withdrawal is not issued or not there.
	ReasonWaitingForCard = "WaitingForCard"
	// ReasonWaitingForBeneficiary: the Beneficiary is not Passed or not there.
	ReasonWaitingForBeneficiary = "WaitingForBeneficiary"
	// ReasonDeleting: the object is being deleted; the message says what is left to do.
	ReasonDeleting = "Deleting"
	// ReasonInUse: a CardIssuer that is being deleted still has objects.
	ReasonInUse = "InUse"
	// ReasonSuspended: spec.suspend keeps the operator from sending; see status.plan.
	ReasonSuspended = "Suspended"
	// ReasonRateLimited: the issuer asked to slow down and the account rests, or a call waited
	// for longer than it may.
	ReasonRateLimited = "RateLimited"
	// ReasonIssuerUnavailable: the issuer could not be reached or had an error.
	ReasonIssuerUnavailable = "IssuerUnavailable"
	// ReasonIssuerUnreadable: the issuer answered something that is not its API.
	ReasonIssuerUnreadable = "IssuerUnreadable"
	// ReasonListTooLong: a list of the issuer has more pages than are read of one.
	ReasonListTooLong = "ListTooLong"
	// ReasonReconcileError: something else failed; the message says what.
	ReasonReconcileError = "ReconcileError"
)

// Reasons that ask something of a person; the message says what.
const (
	// ReasonInvalidSpec: the issuer, or its document, refuses a field; the message
	// names it.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonUnknownBIN: the issuer offers no such BIN for this type of card.
	ReasonUnknownBIN = "UnknownBIN"
	// ReasonUnsupported: this issuer cannot do what a field asks; the message names it.
	ReasonUnsupported = "Unsupported"
	// ReasonRejected: the issuer refused the order; the message has its code.
	ReasonRejected = "Rejected"
	// ReasonForbidden: the credentials may not do this.
	ReasonForbidden = "Forbidden"
	// ReasonCredentialsMissing: the credentials Secret is missing or incomplete.
	ReasonCredentialsMissing = "CredentialsMissing"
	// ReasonCredentialsRefused: the issuer refused the credentials.
	ReasonCredentialsRefused = "CredentialsRefused"
	// ReasonHostNotAllowed: the base URL is not among --allowed-issuer-hosts.
	ReasonHostNotAllowed = "HostNotAllowed"
	// ReasonNamespaceNotAllowed: the CardIssuer does not allow the object's namespace,
	// or there is no such CardIssuer in a namespace that is not the object's own.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonConflict: what was found contradicts the manifest, for example a payment of
	// the same id with another amount.
	ReasonConflict = "Conflict"
	// ReasonSecretTaken: a Secret of that name exists and belongs to somebody else.
	ReasonSecretTaken = "SecretTaken"
	// ReasonControlled: the issuer has blocked the card (state Control).
	ReasonControlled = "Controlled"
	// ReasonFrozen: the card or budget was frozen at the issuer by somebody else.
	ReasonFrozen = "Frozen"
	// ReasonClosed: the card was closed at the issuer.
	ReasonClosed = "Closed"
	// ReasonMissing: the issuer no longer lists what status.id names.
	ReasonMissing = "Missing"
	// ReasonFailed: the issuer has failed the withdrawal, or refused the payee.
	ReasonFailed = "Failed"
	// ReasonInactive: the issuer does not let the cardholder have cards.
	ReasonInactive = "Inactive"
	// ReasonNeedsDecision: an outcome that looking cannot resolve; the message has the
	// id, the amount, what was seen, and the annotation that settles it.
	ReasonNeedsDecision = "NeedsDecision"
)

// Reasons of Events that are no condition's reason.
const (
	// EventDrift: somebody else changed something at the issuer.
	EventDrift = "Drift"
	// EventAdopted: an existing remote object was found and taken over.
	EventAdopted = "Adopted"
	// EventMoved: money was moved.
	EventMoved = "Moved"
	// EventCodeNotWritten: a one-time code came and could not be put into its Secret.
	EventCodeNotWritten = "CodeNotWritten"
	// EventOrphaned: the remote object was given up by annotation.
	EventOrphaned = "Orphaned"
	// EventWriteRefused: the API server does not take what the operator has to write.
	EventWriteRefused = "WriteRefused"
	// EventNameKept: a drained budget has gone without the mark in its name.
	EventNameKept = "NameKept"
	// EventUnlisted: the issuer accepted a movement and does not list it.
	EventUnlisted = "Unlisted"
)
