"""Image networks of the baselines: torchvision's, at any width, without their classifier, as maps and vectors.

Every network gives a last map (N, C, h, w), tokens reshaped, and `vector` pools it. `own_names` turns the names of a
torchvision checkpoint into theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.models.patches import patch_projection
from engine.models.trunk import LAYERS, ResNetTrunk
from engine.models.vision import torchvision_models


class ImageNetwork(nn.Module):
    """Base: (N, 3, S, S) to a map, and the mean over its places as the vector.

    Attributes
    ----------
    dim : length of the vector.
    """

    dim: int

    def vector(self, features: Tensor) -> Tensor:
        """(N, C, h, w) to (N, dim)."""
        return features.mean(dim=(2, 3))


class ResNet(ImageNetwork):
    """A ResNet trunk; its vector is that of the published classifier."""

    def __init__(self, kind: str, width: int) -> None:
        super().__init__()
        self.trunk = ResNetTrunk(kind, width)
        self.dim = self.trunk.channels[-1]

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.trunk(images)
        return features


class VGG(ImageNetwork):
    """VGG of five stages.

    Parameters
    ----------
    width : channels of the first stage, 64 as published. depths : convolutions per stage, (2, 2, 3, 3, 3) = VGG16.
    batch_norm : after each convolution; without it random weights hardly learn.
    dense : True = the two published fully connected layers of 64 x `width` on a 7 x 7 map, False = mean over places.
    """

    def __init__(self, width: int, depths: Sequence[int], *, batch_norm: bool, dense: bool) -> None:
        super().__init__()
        layout: list[str | int] = []
        for stage, count in enumerate(depths):
            layout += [width * min(2**stage, 8)] * count + ["M"]
        self.features = torchvision_models().vgg.make_layers(layout, batch_norm=batch_norm)
        for module in self.features:
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]
        self.dim = 64 * width if dense else 8 * width
        self.classifier = None
        if dense:
            self.classifier = nn.Sequential(
                nn.Linear(8 * width * 49, self.dim), nn.ReLU(), nn.Dropout(), nn.Linear(self.dim, self.dim), nn.ReLU()
            )

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.features(images)
        return features

    def vector(self, features: Tensor) -> Tensor:
        if self.classifier is None:
            return super().vector(features)
        pooled = nn.functional.adaptive_avg_pool2d(features, 7)
        return self.classifier(pooled.flatten(1))  # type: ignore[no-any-return]

    def own_names(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Without the last layer, and without the other two where this network has none."""
        left_out = ("classifier.6.",) if self.classifier is not None else ("classifier.",)
        return {n: t for n, t in tensors.items() if not n.startswith(left_out)}


class Swin(ImageNetwork):
    """Swin transformer; `width` 96, depths (2, 2, 6, 2), window 7, patches of 4 and no stem are Swin-T; heads of 32."""

    def __init__(
        self, width: int, depths: Sequence[int], window: int, patch: int = 4, stem: Sequence[int] = ()
    ) -> None:
        super().__init__()
        network = torchvision_models().swin_transformer.SwinTransformer(
            patch_size=[patch, patch],
            embed_dim=width,
            depths=list(depths),
            num_heads=[max(1, width * 2**stage // 32) for stage in range(len(depths))],
            window_size=[window, window],
            stochastic_depth_prob=0.2,
        )
        self.features, self.norm = network.features, network.norm
        if stem:
            self.features[0][0] = patch_projection(width, patch, stem)
        self.dim = width * 2 ** (len(depths) - 1)

    def forward(self, images: Tensor) -> Tensor:
        tokens: Tensor = self.norm(self.features(images))
        return tokens.permute(0, 3, 1, 2)

    def own_names(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Without the classifier; the tables of positions are computed, not learned, and older files lack them."""
        computed = {n: t for n, t in self.state_dict().items() if n.endswith("relative_position_index")}
        return {**computed, **{n: t for n, t in tensors.items() if not n.startswith("head.")}}


class ViT(ImageNetwork):
    """Vision transformer; `width` 768, 12 layers, patches of 16 and no stem are ViT-B/16.

    The vector is the mean of the patch tokens and not the class token, so that every patch's share can be shown.
    """

    def __init__(self, width: int, layers: int, input_size: int, patch: int = 16, stem: Sequence[int] = ()) -> None:
        super().__init__()
        if input_size % patch:
            raise CaseError(ErrorKind.INVALID, f"vit_b_16 needs an input_size in steps of {patch}, not {input_size}.")
        self.network = torchvision_models().vision_transformer.VisionTransformer(
            image_size=input_size,
            patch_size=patch,
            num_layers=layers,
            num_heads=max(1, width // 64),
            hidden_dim=width,
            mlp_dim=4 * width,
        )
        self.network.heads = nn.Identity()
        if stem:
            self.network.conv_proj = patch_projection(width, patch, stem)
        self.side, self.dim = input_size // patch, width

    def forward(self, images: Tensor) -> Tensor:
        patches = self.network.conv_proj(images).flatten(2).transpose(1, 2)
        token = self.network.class_token.expand(len(images), -1, -1)
        tokens = self.network.encoder(torch.cat([token, patches], dim=1))[:, 1:]
        return tokens.transpose(1, 2).reshape(len(images), self.dim, self.side, self.side)  # type: ignore[no-any-return]

    def own_names(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Without the classifier."""
        return {f"network.{n}": t for n, t in tensors.items() if not n.startswith("heads.")}


def image_network(
    kind: str,
    *,
    width: int,
    depths: Sequence[int],
    window: int,
    batch_norm: bool,
    dense: bool,
    input_size: int,
    patch: int | None = None,
    stem: Sequence[int] = (),
) -> ImageNetwork:
    """The network called `kind`; of the other parameters each kind uses its own.

    Raises
    ------
    CaseError
        INVALID: unknown kind.
    """
    if kind in LAYERS:
        return ResNet(kind, width)
    if kind == "vgg16":
        return VGG(width, depths, batch_norm=batch_norm, dense=dense)
    if kind == "swin_t":
        return Swin(width, depths, window, patch or 4, stem)
    if kind == "vit_b_16":
        return ViT(width, sum(depths), input_size, patch or 16, stem)
    known = ", ".join([*LAYERS, "vgg16", "swin_t", "vit_b_16"])
    raise CaseError(ErrorKind.INVALID, f"There is no image network called '{kind}'. Known: {known}.")
