"""Machine code of kernels that other kernels call where it lies, linked into none of them.

Machine code of a long kernel that several call is made once, and perhaps by another process while
its callers are compiled.  They know it by a name; LLVM finds the address of the name when it
makes their code ready to run.
"""

from __future__ import annotations

import hashlib
from copy import copy
from importlib import import_module
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from numba.core import codegen

from fastavg.kernels.jit.inner_library import InnerLibrary, give_environments, library_of


class Callee(NamedTuple):
    """A kernel whose machine code lies apart, as the code of its callers knows it.

    Parameters
    ----------
    module : str
        Where it is defined.
    name : str
        Of the kernel there.
    args : tuple of numba types
        Of its arguments.
    """

    module: str
    name: str
    args: tuple[Any, ...]

    @property
    def symbol(self) -> str:
        """Its name in the code of its callers, the same in every process."""
        return f"{self.module}.{self.name}.{hashlib.sha256(repr(self.args).encode()).hexdigest()}"

    def __call__(self) -> None:
        """Make it ready: code that calls it is about to be loaded."""
        vars(import_module(self.module))[self.name].compile_types_inner(self.args)


class ApartLibrary(InnerLibrary):
    """Machine code without wrappers, of which callers link nothing.

    Parameters
    ----------
    target_codegen : numba codegen
        Of the processor.
    callee : Callee
        The kernel.
    """

    def __init__(self, target_codegen: Any, callee: Callee) -> None:
        super().__init__(target_codegen, callee.name)
        self.callee, self.entry = callee, ""
        self.enable_object_caching()

    @property
    def needs(self) -> tuple[Any, ...]:
        """See :attr:`InnerLibrary.needs`."""
        return tuple(self._reload_init - {self.callee})

    # With machine code, as numba's own.
    _finalize_final_module = codegen.JITCodeLibrary._finalize_final_module

    def _get_module_for_linking(self) -> Any:
        return llvm.parse_assembly("")

    def _tell(self, entry: str) -> None:
        # Code that calls this is loaded after it.
        self._reload_init.add(self.callee)
        self.entry = entry
        address = self.codegen._engine.get_function_address(entry)
        llvm.add_symbol(self.callee.symbol, address)

    def parts(self) -> tuple[Any, ...]:
        """See :meth:`InnerLibrary.parts`."""
        return self.callee, self._get_compiled_object(), self.entry

    @classmethod
    def loaded(
        cls, target_codegen: Any, parts: tuple[Any, ...], environments: tuple[Any, ...]
    ) -> ApartLibrary:
        """See :meth:`InnerLibrary.loaded`; callers find the code."""
        callee, machine_code, entry = parts
        library = cls(target_codegen, callee)
        library._set_compiled_object(machine_code)
        library._finalize_final_module()
        for each in environments:
            target_codegen.set_env(each.env_name, each)
        library._tell(entry)
        return library


def named(result: Any) -> Any:
    """Let callers find the machine code of a kernel that has just been compiled.

    Parameters
    ----------
    result : numba compile result
        Its library is an :class:`ApartLibrary`.

    Returns
    -------
    numba compile result
        It has the name that callers know.
    """
    library, fndesc = library_of(result), copy(result.fndesc)
    library._ensure_finalized()
    give_environments(library)
    library._tell(fndesc.mangled_name)
    fndesc.mangled_name = library.callee.symbol
    return result._replace(fndesc=fndesc)
