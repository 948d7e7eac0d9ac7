/// Whether stages are held to what they need: as far as the kernel can; or not run where it cannot; or not held.
package enum JailUse: String, CaseIterable, Sendable { case on, require, off }
