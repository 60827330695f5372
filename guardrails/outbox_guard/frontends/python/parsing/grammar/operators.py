"""The operators of Python's own parser, and libcst's for them; each is one node for all trees."""

from __future__ import annotations

import ast

import libcst

BINARY: dict[type[ast.operator], libcst.BaseBinaryOp] = {
    ast.Add: libcst.Add(),
    ast.Sub: libcst.Subtract(),
    ast.Mult: libcst.Multiply(),
    ast.Div: libcst.Divide(),
    ast.FloorDiv: libcst.FloorDivide(),
    ast.Mod: libcst.Modulo(),
    ast.Pow: libcst.Power(),
    ast.MatMult: libcst.MatrixMultiply(),
    ast.LShift: libcst.LeftShift(),
    ast.RShift: libcst.RightShift(),
    ast.BitOr: libcst.BitOr(),
    ast.BitAnd: libcst.BitAnd(),
    ast.BitXor: libcst.BitXor(),
}
AUGMENTED: dict[type[ast.operator], libcst.BaseAugOp] = {
    ast.Add: libcst.AddAssign(),
    ast.Sub: libcst.SubtractAssign(),
    ast.Mult: libcst.MultiplyAssign(),
    ast.Div: libcst.DivideAssign(),
    ast.FloorDiv: libcst.FloorDivideAssign(),
    ast.Mod: libcst.ModuloAssign(),
    ast.Pow: libcst.PowerAssign(),
    ast.MatMult: libcst.MatrixMultiplyAssign(),
    ast.LShift: libcst.LeftShiftAssign(),
    ast.RShift: libcst.RightShiftAssign(),
    ast.BitOr: libcst.BitOrAssign(),
    ast.BitAnd: libcst.BitAndAssign(),
    ast.BitXor: libcst.BitXorAssign(),
}
BOOLEAN: dict[type[ast.boolop], libcst.BaseBooleanOp] = {ast.And: libcst.And(), ast.Or: libcst.Or()}
UNARY: dict[type[ast.unaryop], libcst.BaseUnaryOp] = {
    ast.Not: libcst.Not(),
    ast.USub: libcst.Minus(),
    ast.UAdd: libcst.Plus(),
    ast.Invert: libcst.BitInvert(),
}
COMPARING: dict[type[ast.cmpop], libcst.BaseCompOp] = {
    ast.Eq: libcst.Equal(),
    ast.NotEq: libcst.NotEqual(),
    ast.Lt: libcst.LessThan(),
    ast.LtE: libcst.LessThanEqual(),
    ast.Gt: libcst.GreaterThan(),
    ast.GtE: libcst.GreaterThanEqual(),
    ast.Is: libcst.Is(),
    ast.IsNot: libcst.IsNot(),
    ast.In: libcst.In(),
    ast.NotIn: libcst.NotIn(),
}
