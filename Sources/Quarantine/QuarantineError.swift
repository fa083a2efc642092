// What goes wrong with a quarantine, in words that say where and what to do.
// Must not hold what the owner decides: what a full quarantine means for a message is a policy.

package import SystemPackage

/// Why the quarantine did not do what it was asked to.
package enum QuarantineError: Error, Equatable {
    /// What keeps a folder from being a quarantine.
    package enum Fault: Sendable, Equatable {
        case missing
        case notFolder
        case symbolicLink
        /// Its mode lets anybody write.
        case writableByAnybody
        /// The system refuses to write there.
        case notWritable(Errno)
        /// It is not there, and the system refuses to make anything in what is there of its path.
        case notMakeable(in: String, Errno)
        /// A message can't be moved from `tmp` to `new` in one step.
        case otherFileSystem
    }

    /// A bound of ``QuarantineLimits``.
    package enum Bound: Sendable, Equatable {
        case octets(Int)
        case messages(Int)
        case folders(Int)
    }

    /// A folder is no place for a quarantine; found when it is opened.
    case unusable(path: String, Fault)
    /// A rule's folder name is empty, or too long for a file system.
    case badFolderName(String, octetsMost: Int)
    /// A value of the metadata is longer than the bound.
    case valueTooLong(name: String, octetsMost: Int)
    /// A bound of our own is reached; nothing was written.
    case full(Bound)
    /// The disk, or what this user may have of it, is full; what was written of the message is removed.
    case noSpace(path: String, Errno)
    /// The system refused something else.
    case failed(path: String, action: String, Errno)
    /// This names no message.
    case noIdentifier(String)
    /// There is no message of this name, or it is gone.
    case notFound(QuarantineIdentifier)
    /// A file is not what was written.
    case damaged(path: String)
    /// The server gave the message no UIDL, so that it can't be known again.
    case withoutUIDL(QuarantineIdentifier)
}

extension QuarantineError {
    /// A refusal by the system; what the disk can't take is a case of its own.
    init(_ number: Errno, _ action: String, _ path: String) {
        switch number {
        case .noSpace, .diskQuotaExceeded, .fileTooLarge: self = .noSpace(path: path, number)
        case .improperLink: self = .unusable(path: path, .otherFileSystem)
        default: self = .failed(path: path, action: action, number)
        }
    }
}

extension QuarantineError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unusable(let path, let fault): "\(path): \(fault)"
        case .badFolderName("", _): "a quarantine folder has no name; give it one in the rule's fileinto"
        case .badFolderName(let name, let most):
            "the name of the quarantine folder \"\(name.prefix(40))…\" takes more than \(most) octets; shorten it in the rule"
        case .valueTooLong(let name, let most): "the message's \(name) is longer than \(most) octets"
        case .full(let bound): "the quarantine is full: \(bound)"
        case .noSpace(let path, let number):
            "\(path): \(number); make room on the disk, or expire what the quarantine holds"
        case .failed(let path, let action, let number): "\(path): cannot \(action): \(number)"
        case .noIdentifier(let text): "\"\(text.prefix(40))\" names no message; list shows what names there are"
        case .notFound(let identifier): "no message \(identifier) is in the quarantine; list shows what is"
        case .damaged(let path): "\(path): this is not the file that was written; look at it, then delete it"
        case .withoutUIDL(let identifier):
            "message \(identifier) came without a UIDL, so that it cannot be known again; show it, and save that"
        }
    }
}

extension QuarantineError.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "there is no such folder; make it, or name one that can be made"
        case .notFolder: "it is no folder; name a folder of the quarantine's own"
        case .symbolicLink: "it is a symbolic link; name the folder that it leads to"
        case .writableByAnybody: "anybody may write into it; take that away with chmod o-w"
        case .notWritable(let number): "it cannot be written: \(number); let the service's user write there"
        case .notMakeable(let parent, let number):
            "it cannot be made in \(parent): \(number); name another place, or let the service's user write there"
        case .otherFileSystem:
            "it is on another file system than the folders beside it; put tmp, new and cur on one file system"
        }
    }
}

extension QuarantineError.Bound: CustomStringConvertible {
    package var description: String {
        switch self {
        case .octets(let most): "it may hold \(most) octets"
        case .messages(let most): "it may hold \(most) messages"
        case .folders(let most): "it may have \(most) folders"
        }
    }
}
