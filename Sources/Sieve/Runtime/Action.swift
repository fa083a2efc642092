// What a script decides: actions, collected and checked against each other (RFC 5228 section 2.10).
// Must not carry anything out.

import Mail

/// One action of a message's evaluation.
public struct Action: Sendable, Equatable, CustomStringConvertible {
    /// What is to be done.
    public enum Kind: Sendable, Equatable {
        /// Deliver the message (RFC 5228 section 4.3).
        case keep
        /// Do not deliver it, and tell nobody (RFC 5228 section 4.4).
        case discard
        /// Put it in a mailbox (RFC 5228 section 4.1). A copy leaves the implicit keep in force (RFC 3894); `creates`
        /// says that the mailbox is made if there is none (RFC 5490).
        case fileInto(mailbox: String, isCopy: Bool = false, creates: Bool = false)
        /// Send it to another address (RFC 5228 section 4.2). A copy leaves the implicit keep in force (RFC 3894).
        case redirect(address: String, isCopy: Bool = false)
        /// Refuse it with a reason (RFC 5429); `isExtended` if by `ereject`.
        case reject(reason: String, isExtended: Bool)
        /// Add a header field (RFC 5293 section 4). The outcome's header has it already.
        case addHeader(name: String)
        /// Delete header fields, so many of them (RFC 5293 section 5). The outcome's header lacks them already.
        case deleteHeader(name: String, count: Int)
        /// Put other contents in a part (RFC 5703 section 5). The outcome's message has them already.
        case replace
        /// Wrap the message in another (RFC 5703 section 6). The outcome's message is wrapped already.
        case enclose
    }

    /// What is to be done.
    public var kind: Kind
    /// The script it stands in.
    public var script: String
    /// Where it stands; nil for the implicit keep.
    public var position: SourcePosition?
    /// The header block as it was edited when the action ran; nil if no octet of it had changed.
    public var header: [UInt8]?

    /// The action in short, such as `addheader X-Spam-Flag`.
    public var description: String {
        switch kind {
        case .keep, .discard, .reject, .replace, .enclose: kind.name
        case .fileInto(let mailbox, _, _): "\(kind.name) \(mailbox)"
        case .redirect(let address, _): "\(kind.name) \(address)"
        case .addHeader(let name): "\(kind.name) \(name)"
        case .deleteHeader(let name, let count): count == 1 ? "\(kind.name) \(name)" : "\(kind.name) \(name) (\(count))"
        }
    }

    /// Whether the script did not ask for it: the implicit keep (RFC 5228 section 2.10.2).
    public var isImplicit: Bool { position == nil }
}

extension Action.Kind {
    /// The name of the command that asks for it.
    public var name: String {
        switch self {
        case .keep: "keep"
        case .discard: "discard"
        case .fileInto: "fileinto"
        case .redirect: "redirect"
        case .reject(_, let isExtended): isExtended ? "ereject" : "reject"
        case .addHeader: "addheader"
        case .deleteHeader: "deleteheader"
        case .replace: "replace"
        case .enclose: "enclose"
        }
    }

    /// Whether the message gets somewhere by it.
    var delivers: Bool {
        switch self {
        case .keep, .fileInto, .redirect: true
        case .discard, .reject, .addHeader, .deleteHeader, .replace, .enclose: false
        }
    }

    /// Whether it is carried out on the message as it then is.
    var carriesMessage: Bool { delivers }

    /// Whether the message is not kept unless something else says so (RFC 5228 section 2.10.2).
    var cancelsImplicitKeep: Bool {
        switch self {
        case .keep, .discard, .reject: true
        case .fileInto(_, let isCopy, _), .redirect(_, let isCopy): !isCopy
        case .addHeader, .deleteHeader, .replace, .enclose: false
        }
    }

    /// Whether both do the same to a message; the second of two is left out (RFC 5228 section 2.10.3).
    func isSame(as other: Action.Kind) -> Bool {
        switch (self, other) {
        case _ where keeps && other.keeps: true
        case (.fileInto(let mailbox, _, _), .fileInto(let otherMailbox, _, _)): mailbox == otherMailbox
        case (.redirect(let address, _), .redirect(let otherAddress, _)): address == otherAddress
        default: self == other
        }
    }

    /// Whether the message goes where it would go without rules: INBOX is that place's other name.
    package var keeps: Bool {
        switch self {
        case .keep: true
        case .fileInto(let mailbox, _, _): mailbox.lowercased() == "inbox"
        case .discard, .redirect, .reject, .addHeader, .deleteHeader, .replace, .enclose: false
        }
    }

    var isReject: Bool {
        if case .reject = self { return true }
        return false
    }

    var isEdit: Bool {
        switch self {
        case .addHeader, .deleteHeader, .replace, .enclose: true
        case .keep, .discard, .fileInto, .redirect, .reject: false
        }
    }
}

/// The actions so far.
struct ActionList {
    private(set) var actions: [Action] = []
    private(set) var cancelsImplicitKeep = false
    /// The implicit keep of a script that has ended, with the header as that script left it.
    var implicitKeep: Action?
    /// The message as `replace` and `enclose` of a script that has ended made it.
    var rewritten: MessagePieces?
    private var redirects = 0

    /// Adds an action unless it is there already; throws if it cannot stand beside the others.
    mutating func add(_ action: Action, limits: Limits) throws(Interruption) {
        if let conflict = conflict(of: action.kind) { throw .failed(conflict) }
        if action.kind.cancelsImplicitKeep { cancelsImplicitKeep = true }
        if !action.kind.isEdit, actions.contains(where: { $0.kind.isSame(as: action.kind) }) { return }
        if case .redirect = action.kind {
            redirects += 1
            if redirects > limits.redirects {
                throw .failed("number of redirect actions exceeds policy limit (\(redirects) > \(limits.redirects))")
            }
        }
        let count = actions.count { !$0.kind.isEdit } + 1
        if !action.kind.isEdit, count > limits.actions {
            throw .failed("total number of actions exceeds policy limit (\(count) > \(limits.actions))")
        }
        actions.append(action)
    }

    mutating func replace(actions: [Action], cancelsImplicitKeep: Bool) {
        self.actions = actions
        self.cancelsImplicitKeep = cancelsImplicitKeep
    }

    /// Why an action is impossible beside the others (RFC 5429 sections 2.1.1 and 2.2.1).
    private func conflict(of kind: Action.Kind) -> String? {
        for other in actions {
            let line = other.position?.line ?? 0
            if kind.isReject, other.kind.isReject {
                return "duplicate reject/ereject action not allowed (the first is in line \(line))"
            }
            if kind.isReject && other.kind.delivers || kind.delivers && other.kind.isReject {
                let delivering = kind.delivers ? kind : other.kind
                return
                    "reject/ereject action conflicts with other action: the \(delivering.name) action tries to deliver "
                    + "the message (the other is in line \(line))"
            }
        }
        return nil
    }
}
