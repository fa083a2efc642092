// Messages that a script has nothing to do with, told without running it.
// Must not be true of a message with which it would do anything.

package import Mail

/// Messages that have none of some header fields, and sizes within some bounds. Most rules ask for fields that most
/// messages have not.
package struct Idle: Sendable {
    private(set) var fields = FieldNameSet()
    /// Octets; nil: whatever they are, known or not.
    private(set) var sizes: ClosedRange<UInt64>?

    /// Both of two; nil where no message is.
    func and(_ other: Idle) -> Idle? {
        var both = self
        both.fields.formUnion(other.fields)
        guard let own = sizes, let others = other.sizes else {
            both.sizes = sizes ?? other.sizes
            return both
        }
        guard own.overlaps(others) else { return nil }
        both.sizes = own.clamped(to: others)
        return both
    }

    /// Whether a message is one of them.
    ///
    /// - Parameters:
    ///   - names: What its header has.
    ///   - size: The octets of all of it as it is now; nil where nobody knows.
    package func includes(_ names: FieldNameSet, size: Int?) -> Bool {
        guard !names.mayShare(with: fields) else { return false }
        guard let sizes else { return true }
        return size.map { sizes.contains(UInt64(max(0, $0))) } ?? false
    }
}

extension [Instruction] {
    /// The messages with which nothing is done: those for which each test on their way does not hold.
    var idle: Idle? {
        var idle = Idle()
        var flag = false
        var counter = 0
        // Jumps go forward; should one not, this ends all the same.
        for _ in indices where counter < count {
            switch self[counter] {
            case .test(let condition):
                guard let both = condition.idle.flatMap({ idle.and($0) }) else { return nil }
                idle = both
                flag = false
            // What goes round a test knows that it is false.
            case .gate: break
            case .perform: return nil
            case .set(let value): flag = value
            case .negate: flag.toggle()
            case .jump(let target): counter = target - 1
            case .jumpIfTrue(let target): if flag { counter = target - 1 }
            case .jumpIfFalse(let target): if !flag { counter = target - 1 }
            case .stop: return idle
            }
            counter += 1
        }
        return counter < count ? nil : idle
    }
}
